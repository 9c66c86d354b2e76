import { colourPath, type Ground, LEVELS, type Oklab, toRgb } from "../time/colourScale";

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

/** What is written on a colour under text: one ink for all colours of a ground, or letters would be white and black by turns. */
export const textInk: Readonly<Record<Ground, string>> = { light: "#000", dark: "#fff" };
/** The lightness up to which white reads at 4.5 to 1, and down to which black does. */
const TEXT_LIGHTNESS = { dark: 0.555, light: 0.575 } as const;

/** The same colours with their lightness squeezed into what the ground's ink reads on. */
function underInk(path: readonly Oklab[], ground: Ground): Oklab[] {
  const lightness = path.map(([l]) => l);
  const [low, high] = [Math.min(...lightness), Math.max(...lightness)];
  const [from, to] = ground === "dark" ? [low, TEXT_LIGHTNESS.dark] : [TEXT_LIGHTNESS.light, high];
  return path.map(([l, a, b]) => [from + ((l - low) / (high - low)) * (to - from), a, b]);
}

const tables = new Map<string, readonly Rgb[]>();

/**
 * The scale's colours from low to high as bytes of red, green and blue.
 * @param underText colours on which textInk reads at 4.5 to 1 at least.
 */
export function colourBytes(kind: ScaleKind, ground: Ground, underText = false): readonly Rgb[] {
  const key = `${kind} ${ground} ${underText}`;
  const known = tables.get(key);
  if (known !== undefined) return known;
  const path = colourPath(kind, ground);
  const table = (underText ? underInk(path, ground) : path).map(toRgb);
  tables.set(key, table);
  return table;
}

/** A style sheet's gradient through the scale's colours. */
export function gradientOf(kind: ScaleKind, ground: Ground, underText = false): string {
  const colours = colourBytes(kind, ground, underText);
  const stops = Array.from({ length: 17 }, (_, i) => `rgb(${(colours[Math.round((i / 16) * (LEVELS - 1))] ?? [0, 0, 0]).join(" ")})`);
  return `linear-gradient(to right, ${stops.join(", ")})`;
}
