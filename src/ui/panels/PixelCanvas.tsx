import { useEffect, useRef } from "react";

interface Props {
  readonly width: number;
  readonly height: number;
  /** width x height intensities, row-major; `full` is the darkest. */
  readonly values: ArrayLike<number>;
  readonly full: number;
  readonly className?: string;
}

/** A small grey picture: black ink by opacity, which the style sheet turns over in the dark. */
export function PixelCanvas({ width, height, values, full, className }: Props) {
  const ref = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = ref.current?.getContext("2d");
    if (!context) return;
    const image = context.createImageData(width, height);
    for (let i = 0; i < width * height; i++) image.data[4 * i + 3] = Math.round((255 * (values[i] ?? 0)) / full);
    context.putImageData(image, 0, 0);
  }, [width, height, values, full]);
  return <canvas ref={ref} width={width} height={height} className={`pixels ${className ?? ""}`} />;
}
