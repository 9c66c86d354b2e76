import { colourPath, type Ground, LEVELS, toRgb } from "../time/colourScale";

export type ScaleKind = "sequential" | "diverging";

/** How the values of one quantity are coloured. */
export interface ValueScale {
  readonly kind: ScaleKind;
  /** The values at either end of the colours. */
  readonly low: number;
  readonly high: number;
}

/** States and a tanh gate lie between -1 and 1, a sigmoid gate between 0 and 1; a cell is as large as it likes. */
export function scaleOf(quantity: string, values: ArrayLike<number>): ValueScale {
  if (quantity === "h" || quantity === "g" || quantity === "n") return { kind: "diverging", low: -1, high: 1 };
  if (quantity !== "c") return { kind: "sequential", low: 0, high: 1 };
  const reach = Math.max(1, largest(values));
  return { kind: "diverging", low: -reach, high: reach };
}

/** The range of a quantity whose range is not always the same, to stand behind its name. */
export const rangeOf = (quantity: string, { high }: ValueScale): string => (quantity === "c" ? `, ±${Number(high.toPrecision(2))}` : "");

/** From 0 to the largest; never of no width. */
export const scaleFromZero = (values: ArrayLike<number>): ValueScale => ({
  kind: "sequential",
  low: 0,
  high: largest(values) || 1,
});

/** The largest size of the finite values; 0 if there are none. */
export function largest(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i] ?? 0);
    if (size > most && Number.isFinite(size)) most = size;
  }
  return most;
}

/** Which of the LEVELS colours a value has; undefined for what is not a number. */
export function levelOf(value: number | undefined, { low, high }: ValueScale): number | undefined {
  if (value === undefined || Number.isNaN(value)) return undefined;
  return Math.max(0, Math.min(LEVELS - 1, Math.round(((value - low) / (high - low)) * (LEVELS - 1))));
}

type Rgb = readonly [r: number, g: number, b: number];

/** Relative luminance and contrast as WCAG 2 defines them. */
function luminance(colour: Rgb): number {
  const [r, g, b] = colour.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * (r ?? 0) + 0.7152 * (g ?? 0) + 0.0722 * (b ?? 0);
}

export function contrast(one: Rgb, other: Rgb): number {
  const [a, b] = [luminance(one), luminance(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

export interface TextColour {
  readonly background: string;
  /** Black or white, whichever reads better on it: always at least 4.5 to 1. */
  readonly ink: string;
}

const black: Rgb = [0, 0, 0];
const white: Rgb = [255, 255, 255];
const tables = new Map<string, readonly Rgb[]>();

/** The scale's colours from low to high as bytes of red, green and blue. */
export function colourBytes(kind: ScaleKind, ground: Ground): readonly Rgb[] {
  const key = `${kind} ${ground}`;
  const table = tables.get(key) ?? colourPath(kind, ground).map(toRgb);
  tables.set(key, table);
  return table;
}

/** Backgrounds for text, from low to high, each with the ink to write on it. */
export const textColours = (kind: ScaleKind, ground: Ground): readonly TextColour[] =>
  colourBytes(kind, ground).map((colour) => ({
    background: `rgb(${colour.join(" ")})`,
    ink: contrast(colour, black) >= contrast(colour, white) ? "#000" : "#fff",
  }));

/** A style sheet's gradient through the scale's colours. */
export function gradientOf(kind: ScaleKind, ground: Ground): string {
  const colours = colourBytes(kind, ground);
  const stops = Array.from({ length: 17 }, (_, i) => `rgb(${(colours[Math.round((i / 16) * (LEVELS - 1))] ?? black).join(" ")})`);
  return `linear-gradient(to right, ${stops.join(", ")})`;
}
