/** Sides of an MNIST image and of the box that its digit fills. */
export const IMAGE_SIZE = 28;
const DIGIT_SIZE = 20;

/** Sums over all pixels left of and above (x, y): (width+1) x (height+1), so that any box sum takes four look-ups. */
function integralImage(ink: ArrayLike<number>, width: number, height: number): Float64Array {
  const stride = width + 1;
  const sums = new Float64Array(stride * (height + 1));
  for (let y = 0; y < height; y++) {
    let row = 0;
    for (let x = 0; x < width; x++) {
      row += ink[y * width + x]!;
      sums[(y + 1) * stride + x + 1] = sums[y * stride + x + 1]! + row;
    }
  }
  return sums;
}

interface Ink {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly centreX: number;
  readonly centreY: number;
}

function measure(ink: ArrayLike<number>, width: number, height: number): Ink | undefined {
  let [left, top, right, bottom, mass, massX, massY] = [width, height, 0, 0, 0, 0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value = ink[y * width + x]!;
      if (value === 0) continue;
      left = Math.min(left, x);
      right = Math.max(right, x + 1);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y + 1);
      mass += value;
      massX += value * (x + 0.5);
      massY += value * (y + 0.5);
    }
  }
  return mass === 0 ? undefined : { left, top, right, bottom, centreX: massX / mass, centreY: massY / mass };
}

/**
 * A drawing as MNIST pictures are made: scaled, keeping its shape, until its longer side is 20 pixels, then placed so that its
 * centre of mass is the centre of a 28 x 28 image (LeCun et al. 1998). Each pixel is the mean ink of the area that it covers.
 * `ink` is width x height intensities 0 to 255, row-major; an empty drawing gives an empty image.
 */
export function toMnistImage(ink: ArrayLike<number>, width: number, height: number): Uint8Array {
  const image = new Uint8Array(IMAGE_SIZE * IMAGE_SIZE);
  const found = measure(ink, width, height);
  if (found === undefined) return image;
  const pixel = Math.max(found.right - found.left, found.bottom - found.top) / DIGIT_SIZE;
  const originX = found.centreX - (IMAGE_SIZE / 2) * pixel;
  const originY = found.centreY - (IMAGE_SIZE / 2) * pixel;
  const sums = integralImage(ink, width, height);
  const stride = width + 1;
  const sumTo = (x: number, y: number): number => {
    const clampedX = Math.min(width, Math.max(0, x));
    const clampedY = Math.min(height, Math.max(0, y));
    const x0 = Math.min(width - 1, Math.floor(clampedX));
    const y0 = Math.min(height - 1, Math.floor(clampedY));
    const [fx, fy] = [clampedX - x0, clampedY - y0];
    const at = y0 * stride + x0;
    const upper = sums[at]! * (1 - fx) + sums[at + 1]! * fx;
    const lower = sums[at + stride]! * (1 - fx) + sums[at + stride + 1]! * fx;
    return upper * (1 - fy) + lower * fy;
  };
  for (let y = 0; y < IMAGE_SIZE; y++) {
    for (let x = 0; x < IMAGE_SIZE; x++) {
      const [x0, y0] = [originX + x * pixel, originY + y * pixel];
      const [x1, y1] = [x0 + pixel, y0 + pixel];
      const total = sumTo(x1, y1) - sumTo(x0, y1) - sumTo(x1, y0) + sumTo(x0, y0);
      image[y * IMAGE_SIZE + x] = Math.round(Math.min(255, Math.max(0, total / (pixel * pixel))));
    }
  }
  return image;
}
