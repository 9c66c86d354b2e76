import type { Scale } from "./fit";

/** How one line of a chart looks; colours are those of the style sheet. */
export interface LineSpec {
  readonly name: string;
  readonly stroke: string;
  readonly width?: number;
  readonly dash?: string;
  /** Holds its value until it changes. */
  readonly stepped?: boolean;
  /** The extremes as a band behind the line. */
  readonly band?: boolean;
}

/** What a chart is called and consists of; what has no name is not drawn. */
export interface PlotSpec {
  readonly title: string;
  /** Beside the title: the unit, or what stands out. */
  readonly unit: string;
  /** What the figure means, behind a question mark. */
  readonly help?: string;
  readonly lines: readonly LineSpec[];
  readonly validation?: string;
  /** Of the marks on the first line, where steps were skipped. */
  readonly skipped?: string;
  /** Of the marks under the axis, where gradients were clipped. */
  readonly clipped?: string;
  readonly scale?: Scale;
  /** Values with a dotted line, where they are in the picture. */
  readonly guides?: readonly number[];
  /** What the chart is of, where its title alone does not say: for the names of its parts and files. */
  readonly of?: string;
  readonly threshold?: { readonly name: string; readonly value: number } | undefined;
}

export const cellLine = (name: string): LineSpec => ({ name, stroke: "var(--cell)", width: 1.75, band: true });
/** Of the same thing as the cell's line, but not of the same kind. */
export const dottedLine = (name: string): LineSpec => ({ name, stroke: "var(--cell)", width: 1.5, dash: "2 2", band: true });
export const secondLine = (name: string): LineSpec => ({ name, stroke: "var(--ink-2)", width: 1.5, band: true });

/** The space around the curves, in pixels. */
export const plotEdges = (spec: Pick<PlotSpec, "clipped">) => ({
  top: 6,
  right: 12,
  left: 44,
  bottom: AXIS_HEIGHT + (spec.clipped === undefined ? 0 : RUG_HEIGHT),
});

export const AXIS_HEIGHT = 20;
/** The marks under the axis. */
export const RUG_HEIGHT = 9;

/** A chart's name among others of the page. */
export const nameOf = ({ title, of }: PlotSpec): string => (of === undefined ? title : `${title} of ${of}`);

/** Where the curves lie in a chart of a size, and which pixel a value has. */
export interface PlotArea {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export function plotArea(spec: Pick<PlotSpec, "clipped">, width: number, height: number): PlotArea {
  const { top, right, left, bottom } = plotEdges(spec);
  return { left, top, width: Math.max(1, width - left - right), height: Math.max(1, height - top - bottom) };
}

const toAxis = (value: number, log: boolean): number => (log ? Math.log(value) : value);

/** Pixels from the top of a chart. */
export function yOf(
  value: number,
  { domain: [min, max] }: { readonly domain: readonly [number, number] },
  log: boolean,
  area: PlotArea,
): number {
  const share = (toAxis(value, log) - toAxis(min, log)) / (toAxis(max, log) - toAxis(min, log));
  return area.top + (1 - share) * area.height;
}

/** The value at a pixel, kept inside the axis. */
export function valueAt(
  y: number,
  { domain: [min, max] }: { readonly domain: readonly [number, number] },
  log: boolean,
  area: PlotArea,
): number {
  const share = Math.min(1, Math.max(0, 1 - (y - area.top) / area.height));
  const place = toAxis(min, log) + share * (toAxis(max, log) - toAxis(min, log));
  return log ? Math.exp(place) : place;
}
