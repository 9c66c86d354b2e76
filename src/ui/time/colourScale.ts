/** Lightness 0 to 1, and the green-red and blue-yellow axes: Oklab (Ottosson 2020), in which equal distances look equally far. */
export type Oklab = readonly [lightness: number, a: number, b: number];
export type Ground = "light" | "dark";
export const LEVELS = 256;

const ofHue = (lightness: number, chroma: number, degrees: number): Oklab => {
  const angle = (degrees * Math.PI) / 180;
  return [lightness, chroma * Math.cos(angle), chroma * Math.sin(angle)];
};

/** Pale straw, green, teal, blue, indigo: lightness alone orders them, so that they stay in order without hue. */
const sequential: readonly Oklab[] = [
  ofHue(0.955, 0.055, 105),
  ofHue(0.86, 0.095, 145),
  ofHue(0.72, 0.1, 190),
  ofHue(0.56, 0.105, 232),
  ofHue(0.41, 0.115, 265),
  ofHue(0.26, 0.1, 288),
];
/** Orange below zero, blue above, which no common colour blindness confuses; zero is close to the ground. */
const diverging: Readonly<Record<Ground, readonly Oklab[]>> = {
  light: [ofHue(0.42, 0.115, 48), ofHue(0.7, 0.12, 62), ofHue(0.95, 0.008, 100), ofHue(0.68, 0.11, 240), ofHue(0.38, 0.13, 262)],
  dark: [ofHue(0.88, 0.11, 78), ofHue(0.6, 0.12, 55), ofHue(0.27, 0.01, 270), ofHue(0.56, 0.12, 252), ofHue(0.86, 0.08, 225)],
};

const encode = (linear: number): number => {
  const value = linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;
  return Math.round(255 * Math.min(1, Math.max(0, value)));
};

/** sRGB, 0 to 255; outside its gamut each channel is cut off. */
export function toRgb([lightness, a, b]: Oklab): readonly [r: number, g: number, b: number] {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    encode(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    encode(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    encode(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

const between = (from: number, to: number, share: number): number => from + (to - from) * share;
const distance = (p: Oklab, q: Oklab): number => Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);

/** Points at equal distances along the line through the stops. */
function evenly(stops: readonly Oklab[], count: number): Oklab[] {
  const lengths = stops.slice(1).map((stop, i) => distance(stop, stops[i]!));
  const total = lengths.reduce((sum, length) => sum + length, 0);
  return Array.from({ length: count }, (_, i) => {
    let rest = (total * i) / (count - 1);
    let piece = 0;
    while (piece < lengths.length - 1 && rest > lengths[piece]!) rest -= lengths[piece++]!;
    const share = Math.min(1, rest / lengths[piece]!);
    const [from, to] = [stops[piece]!, stops[piece + 1]!];
    return [between(from[0], to[0], share), between(from[1], to[1], share), between(from[2], to[2], share)];
  });
}

/** Each half evenly, so that zero is in the middle. */
function evenlyFromMiddle(stops: readonly Oklab[], count: number): Oklab[] {
  const middle = stops.length >> 1;
  const half = count >> 1;
  return [...evenly(stops.slice(0, middle + 1), half), ...evenly(stops.slice(middle), half)];
}

/** The colours of a scale from its low end to its high one; what is large stands out from the ground. */
export function colourPath(kind: "sequential" | "diverging", ground: Ground): Oklab[] {
  if (kind === "diverging") return evenlyFromMiddle(diverging[ground], LEVELS);
  return evenly(ground === "light" ? sequential : sequential.toReversed(), LEVELS);
}

const tables = new Map<string, readonly string[]>();

/** LEVELS colours for a canvas or a style sheet. */
export function colourTable(kind: "sequential" | "diverging", ground: Ground): readonly string[] {
  const key = `${kind} ${ground}`;
  const table = tables.get(key) ?? colourPath(kind, ground).map((colour) => `rgb(${toRgb(colour).join(" ")})`);
  tables.set(key, table);
  return table;
}
