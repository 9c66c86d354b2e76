import { useEffect, useRef } from "react";
import { familyOfName } from "../cells";
import { useApp } from "../store";
import { type Picture, paintNetwork } from "./paint";
import { type Palette, readPalette, useGround } from "./palette";

/** Pixels of the canvas per CSS pixel; more than three cannot be seen. */
const pixelRatio = (): number => Math.min(3, Math.max(1, devicePixelRatio));

/** A canvas of the network, drawn in the animation frame after what it shows has changed. */
export function NetworkCanvas({ picture }: { readonly picture: Picture }) {
  const ref = useRef<HTMLCanvasElement>(null);
  const palette = useRef<{ readonly of: string; readonly colours: Palette } | undefined>(undefined);
  const ground = useGround();
  const family = useApp((state) => familyOfName(state.run.with?.config.model.cell));
  const { width, height } = picture.geometry;
  useEffect(() => {
    const frame = requestAnimationFrame(() => {
      const canvas = ref.current;
      const context = canvas?.getContext("2d");
      if (!canvas || !context || canvas.parentElement === null) return;
      const of = `${ground} ${family}`;
      if (palette.current?.of !== of) palette.current = { of, colours: readPalette(canvas.parentElement) };
      const ratio = pixelRatio();
      const [pixelWidth, pixelHeight] = [Math.round(width * ratio), Math.round(height * ratio)];
      if (canvas.width !== pixelWidth || canvas.height !== pixelHeight) {
        canvas.width = pixelWidth;
        canvas.height = pixelHeight;
      }
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      paintNetwork(context, picture, palette.current.colours);
    });
    return () => cancelAnimationFrame(frame);
  }, [picture, width, height, ground, family]);
  return <canvas ref={ref} className="network-canvas" style={{ width, height }} />;
}
