import { type KeyboardEvent, useRef } from "react";
import { limits } from "../../config";
import { formatNumber, formatPercent, formatTick } from "../format";
import { type PlotArea, valueAt, yOf } from "./plotSpec";
import type { Axis } from "./ticks";

const { min: LEAST, max: MOST } = limits.clipMax;
const NUDGE = 1.1;
const LEAP = 2;

/** A threshold in the range that the settings take, with as many digits as a person would write. */
export const roundThreshold = (value: number, digits = 3): number => Number(Math.min(MOST, Math.max(LEAST, value)).toPrecision(digits));

/** A little more or less: two digits, three where that would change nothing. */
export function nudged(value: number, factor: number): number {
  const rounded = roundThreshold(value * factor, 2);
  return rounded === value ? roundThreshold(value * factor) : rounded;
}

/** The threshold after a key, or undefined for a key that changes none. */
export function afterKey(key: string, value: number, axis: Axis): number | undefined {
  switch (key) {
    case "ArrowUp":
    case "ArrowRight":
      return nudged(value, NUDGE);
    case "ArrowDown":
    case "ArrowLeft":
      return nudged(value, 1 / NUDGE);
    case "PageUp":
      return nudged(value, LEAP);
    case "PageDown":
      return nudged(value, 1 / LEAP);
    case "Home":
      return roundThreshold(axis.domain[0]);
    case "End":
      return roundThreshold(axis.domain[1]);
    default:
      return undefined;
  }
}

interface HandleProps {
  readonly max: number;
  /** What it bounds, in words before its value. */
  readonly of: string;
  readonly axis: Axis;
  readonly log: boolean;
  readonly area: PlotArea;
  readonly width: number;
  /** Share of the last steps that were clipped. */
  readonly recent: number;
  readonly onChange: (max: number) => void;
  /** The line is being dragged, or is no more. */
  readonly onHold: (isHeld: boolean) => void;
}

/** The threshold's line, to be dragged up and down or moved with keys. */
export function ThresholdHandle({ max, of, axis, log, area, width, recent, onChange, onHold }: HandleProps) {
  const ref = useRef<HTMLDivElement>(null);
  const held = useRef(false);
  const place = (clientY: number): void => {
    const top = ref.current?.parentElement?.getBoundingClientRect().top ?? 0;
    onChange(roundThreshold(valueAt(clientY - top, axis, log, area)));
  };
  const drop = (): void => {
    if (!held.current) return;
    held.current = false;
    onHold(false);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = afterKey(event.key, max, axis);
    if (next === undefined) return;
    event.preventDefault();
    onChange(next);
  };
  const clippedText = Number.isNaN(recent) ? "" : `; of the last steps ${formatPercent(recent, 0)} were clipped`;
  return (
    <div
      ref={ref}
      className="threshold"
      role="slider"
      tabIndex={0}
      data-testid="threshold"
      aria-label="Clipping threshold"
      aria-orientation="vertical"
      aria-valuemin={LEAST}
      aria-valuemax={MOST}
      aria-valuenow={max}
      aria-valuetext={`${of} ${formatNumber(max)}${clippedText}`}
      style={{ top: yOf(max, axis, log, area), width }}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        held.current = true;
        event.currentTarget.setPointerCapture(event.pointerId);
        onHold(true);
      }}
      onPointerMove={(event) => {
        if (held.current) place(event.clientY);
      }}
      onPointerUp={drop}
      onPointerCancel={drop}
    >
      <span className="threshold-grip" style={{ maxWidth: area.left }}>
        {formatTick(max)}
      </span>
    </div>
  );
}
