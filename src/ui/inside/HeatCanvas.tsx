import { useEffect, useRef } from "react";
import { useGround } from "../time/palette";
import { colourBytes, levelOf, type ValueScale } from "./palette";

interface Props {
  readonly columns: number;
  readonly rows: number;
  /** [rows, columns] */
  readonly values: ArrayLike<number>;
  readonly scale: ValueScale;
  /** [rows, columns], 0 to 1: how much of the colour is seen; all of it without it. */
  readonly opacity?: ArrayLike<number>;
  /** The colours are those under text, as in a text beside it. */
  readonly underText?: boolean;
}

/** A small picture, one pixel for each value; the style sheet stretches it. */
export function HeatCanvas({ columns, rows, values, scale, opacity, underText = false }: Props) {
  const ground = useGround();
  const ref = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = ref.current?.getContext("2d");
    if (!context) return;
    const colours = colourBytes(scale.kind, ground, underText);
    const image = context.createImageData(columns, rows);
    for (let i = 0; i < columns * rows; i++) {
      const colour = colours[levelOf(values[i], scale) ?? -1];
      if (colour === undefined) continue;
      image.data.set(colour, 4 * i);
      image.data[4 * i + 3] = Math.round(255 * (opacity?.[i] ?? 1));
    }
    context.putImageData(image, 0, 0);
  }, [columns, rows, values, scale, opacity, underText, ground]);
  return <canvas ref={ref} className="heat-canvas" width={columns} height={rows} />;
}
