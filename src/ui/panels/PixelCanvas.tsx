import { useEffect, useRef } from "react";

/** Grey level of the veil: that of an empty picture's ground. */
const VEIL = 0xf3;

interface Props {
  readonly width: number;
  readonly height: number;
  /** width x height intensities, row-major; `full` is the darkest. */
  readonly values: ArrayLike<number>;
  readonly full: number;
  /** Instead of ink on nothing: a veil over what lies behind, thinnest where values are full. */
  readonly veil?: boolean;
  readonly className?: string;
}

/** A small grey picture: black ink by opacity, which the style sheet turns over in the dark. */
export function PixelCanvas({ width, height, values, full, veil = false, className }: Props) {
  const ref = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = ref.current?.getContext("2d");
    if (!context) return;
    const image = context.createImageData(width, height);
    if (veil) image.data.fill(VEIL);
    for (let i = 0; i < width * height; i++) {
      const ink = (values[i] ?? 0) / full;
      image.data[4 * i + 3] = Math.round(255 * (veil ? 1 - ink : ink));
    }
    context.putImageData(image, 0, 0);
  }, [width, height, values, full, veil]);
  return <canvas ref={ref} width={width} height={height} className={`pixels ${className ?? ""}`} />;
}
