import { useEffect, useRef } from "react";
import { MARK } from "./cells";
import { paintMark } from "./paintMark";
import { readPalette, useGround } from "./palette";
import type { Quantity } from "./quantities";
import { formatPower, placeOf, rangeTicks, type ValueRange } from "./valueScale";

const STOPS = 32;
const SIZE = 14;

interface Props {
  readonly quantity: Quantity;
  readonly range: ValueRange;
  readonly colours: readonly string[];
  /** The value of the cell that is pointed at. */
  readonly value: number | undefined;
  readonly pinned: boolean;
  readonly onPin: (range: ValueRange | undefined) => void;
}

/** A mark as it is drawn in the cells, with what it means. */
function MarkKey({ mark, children }: { readonly mark: number; readonly children: string }) {
  const ref = useRef<HTMLCanvasElement>(null);
  const ground = useGround();
  useEffect(() => {
    const canvas = ref.current;
    const context = canvas?.getContext("2d");
    if (!canvas || !context || canvas.parentElement === null) return;
    const palette = { ...readPalette(canvas.parentElement), ground };
    context.setTransform(3, 0, 0, 3, 0, 0);
    context.clearRect(0, 0, SIZE, SIZE);
    paintMark(context, palette, mark, 0, 0, SIZE, SIZE, 2);
  }, [mark, ground]);
  return (
    <span className="mark-key">
      <canvas ref={ref} width={3 * SIZE} height={3 * SIZE} style={{ width: SIZE, height: SIZE }} /> {children}
    </span>
  );
}

/** What the colours stand for: the scale with its numbers, and the marks. */
export function Legend({ quantity, range, colours, value, pinned, onPin }: Props) {
  const stops = Array.from({ length: STOPS + 1 }, (_, i) => colours[Math.round((i * (colours.length - 1)) / STOPS)] ?? "");
  const ticks = rangeTicks(range, 6);
  const shown = value !== undefined && Number.isFinite(value) && (range.kind === "linear" || value > 0);
  return (
    <div className="legend">
      <div className="legend-scale">
        <div className="legend-bar" style={{ backgroundImage: `linear-gradient(to right in srgb, ${stops.join(", ")})` }}>
          {shown && <span className="legend-value" style={{ left: `${100 * placeOf(value, range)}%` }} />}
        </div>
        <div className="legend-ticks">
          {ticks.map((tick) => (
            <span key={tick} style={{ left: `${100 * placeOf(tick, range)}%` }}>
              {range.kind === "log" ? formatPower(tick) : String(tick).replace("-", "−")}
            </span>
          ))}
        </div>
      </div>
      <div className="legend-side">
        {quantity.scale !== "unit" && (
          <label className="check">
            <input
              type="checkbox"
              checked={pinned}
              onChange={(event) => onPin(event.target.checked ? range : undefined)}
              data-testid="pin"
            />
            Keep this range
          </label>
        )}
        <span className="legend-marks">
          {quantity.scale === "log" && <MarkKey mark={MARK.zero}>none, or under 10⁻³⁰</MarkKey>}
          {quantity.pass === "backward" && <MarkKey mark={MARK.cut}>no gradient comes here</MarkKey>}
          <MarkKey mark={MARK.notFinite}>not finite</MarkKey>
        </span>
      </div>
    </div>
  );
}
