import { type BandPoint, bandPath, type CurvePoint, circlesPath, linePath } from "../charts/curves";
import type { Axis } from "../charts/ticks";
import type { RaceChartData, RaceRow } from "./raceChartData";

/** The space around the curves, in pixels. */
const EDGES = { top: 6, right: 12, bottom: 20, left: 42 } as const;
const RING = 3;

/** Where a chart of a size draws a value. */
export interface RaceScales {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
}

export function scalesOf({ x, y }: Pick<RaceChartData, "x" | "y">, log: boolean, width: number, height: number): RaceScales {
  const [left, right] = [EDGES.left, Math.max(EDGES.left + 1, width - EDGES.right)];
  const [top, bottom] = [EDGES.top, Math.max(EDGES.top + 1, height - EDGES.bottom)];
  const share = ({ domain: [min, max] }: Axis, value: number, isLog: boolean): number =>
    isLog ? Math.log(value / min) / Math.log(max / min) : (value - min) / (max - min);
  return {
    ...{ left, right, top, bottom },
    x: (value) => left + share(x, value, false) * (right - left),
    y: (value) => bottom - share(y, value, log) * (bottom - top),
  };
}

/** The smoothed training curve of the contestant of a place. */
export function smoothPath(rows: readonly RaceRow[], index: number, { x, y }: RaceScales): string {
  const smooth = rows.map((row): CurvePoint => {
    const value = row.points[index]?.smooth ?? null;
    return value === null ? null : [x(row.x), y(value)];
  });
  return linePath(smooth, { connected: true });
}

/** The band between its lowest and its highest raw values. */
export function rangePath(rows: readonly RaceRow[], index: number, { x, y }: RaceScales): string {
  const ranges = rows.map((row): BandPoint => {
    const range = row.points[index]?.range ?? null;
    return range === null ? null : [x(row.x), y(range[1]), y(range[0])];
  });
  return bandPath(ranges, { connected: true });
}

/** A ring at each validation, all in one path. */
export function ringsPath(rows: readonly RaceRow[], index: number, { x, y }: RaceScales): string {
  const validations = rows.map((row): CurvePoint => {
    const value = row.points[index]?.validation ?? null;
    return value === null ? null : [x(row.x), y(value)];
  });
  return circlesPath(validations, RING);
}

/** The place of the row nearest to a value of the axis; -1 if there is none. */
export function nearestRow(rows: readonly RaceRow[], value: number): number {
  const last = rows.at(-1);
  if (last === undefined) return -1;
  // Rows are evenly spaced from 0 on.
  return last.x === 0 ? 0 : Math.min(rows.length - 1, Math.max(0, Math.round((value / last.x) * (rows.length - 1))));
}
