import { describe, expect, test } from "vitest";
import { colourPath, colourTable, LEVELS, type Oklab, toRgb } from "./colourScale";

const apart = (p: Oklab, q: Oklab): number => Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
const linear = (value: number): number => (value <= 0.04045 * 255 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
/** Relative luminance (WCAG). */
const luminance = ([r, g, b]: readonly [number, number, number]): number => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);

/** What is seen without one kind of cone, in linear light (Viénot, Brettel and Mollon 1999; Machado et al. 2009 for tritanopia). */
const blindness = {
  protan: [0.11238, 0.88762, 0, 0.11238, 0.88762, 0, 0.00401, -0.00401, 1],
  deutan: [0.29275, 0.70725, 0, 0.29275, 0.70725, 0, -0.02234, 0.02234, 1],
  tritan: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
} as const;
const seen = (m: readonly number[], rgb: readonly [number, number, number]): number[] => {
  const light = rgb.map(linear);
  return [0, 3, 6].map((row) => m[row]! * light[0]! + m[row + 1]! * light[1]! + m[row + 2]! * light[2]!);
};

describe.each(["light", "dark"] as const)("on %s ground", (ground) => {
  test("the sequential scale is even: each step looks as large as any other", () => {
    const path = colourPath("sequential", ground);
    const steps = path.slice(1).map((colour, i) => apart(colour, path[i]!));
    expect(path).toHaveLength(LEVELS);
    expect(Math.max(...steps) / Math.min(...steps)).toBeLessThan(1.05);
  });

  test("the sequential scale is ordered by lightness alone, and by what each kind of colour blindness sees", () => {
    const rgbs = colourPath("sequential", ground).map(toRgb);
    const sign = ground === "light" ? -1 : 1;
    const rises = (values: readonly number[]) => values.slice(8).every((value, i) => sign * (value - values[i]!) > 0);
    expect(rises(rgbs.map(luminance))).toBe(true);
    for (const matrix of Object.values(blindness)) {
      expect(rises(rgbs.map((rgb) => seen(matrix, rgb).reduce((sum, light, i) => sum + light * [0.2126, 0.7152, 0.0722][i]!, 0)))).toBe(
        true,
      );
    }
  });

  test("the two arms of the diverging scale stay apart in every kind of colour vision", () => {
    const rgbs = colourPath("diverging", ground).map(toRgb);
    for (const matrix of Object.values(blindness)) {
      const [low, high] = [seen(matrix, rgbs[32]!), seen(matrix, rgbs[LEVELS - 33]!)];
      expect(Math.hypot(...low.map((value, i) => value - high[i]!))).toBeGreaterThan(0.2);
    }
  });

  test("no colour of a scale has to be cut off to be shown", () => {
    for (const kind of ["sequential", "diverging"] as const) {
      for (const colour of colourPath(kind, ground)) {
        const [r, g, b] = toRgb(colour);
        const [R, G, B] = [r, g, b].map(linear) as [number, number, number];
        const l = Math.cbrt(0.4122214708 * R + 0.5363325363 * G + 0.0514459929 * B);
        const m = Math.cbrt(0.2119034982 * R + 0.6806995451 * G + 0.1073969566 * B);
        const s = Math.cbrt(0.0883024619 * R + 0.2817188376 * G + 0.6299787005 * B);
        const back: Oklab = [
          0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
          1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
          0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
        ];
        expect(apart(back, colour), `${kind} ${colour}`).toBeLessThan(0.006);
      }
    }
  });
});

test("large stands out: low is pale on light ground and dark on dark ground", () => {
  expect(colourTable("sequential", "light")[0]).toBe(colourTable("sequential", "dark").at(-1));
  expect(luminance(toRgb(colourPath("sequential", "light")[0]!))).toBeGreaterThan(0.8);
  expect(luminance(toRgb(colourPath("sequential", "dark")[0]!))).toBeLessThan(0.03);
});
