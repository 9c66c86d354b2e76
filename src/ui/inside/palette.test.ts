import { describe, expect, test } from "vitest";
import { colourBytes, gradientOf, largest, levelOf, scaleFromZero, scaleOf, textInk } from "./palette";

type Rgb = readonly [r: number, g: number, b: number];

/** Relative luminance and contrast as WCAG 2 defines them. */
function luminance(colour: Rgb): number {
  const [r = 0, g = 0, b = 0] = colour.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: Rgb, other: Rgb): number {
  const [a, b] = [luminance(one), luminance(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

describe("colours of states", () => {
  test.each(["light", "dark"] as const)("text on a %s ground reads at 4.5 to 1 on every colour", (ground) => {
    for (const kind of ["sequential", "diverging"] as const) {
      const ink = textInk[ground] === "#000" ? ([0, 0, 0] as const) : ([255, 255, 255] as const);
      const colours = colourBytes(kind, ground, true);
      expect(new Set(colours.map(String)).size).toBeGreaterThan(200);
      for (const [level, colour] of colours.entries()) {
        expect(contrast(colour, ink), `${kind} ${level}`).toBeGreaterThanOrEqual(4.5);
      }
    }
  });

  test("each quantity has its range", () => {
    expect(scaleOf("h", [])).toEqual({ kind: "diverging", low: -1, high: 1 });
    expect(scaleOf("f", [])).toEqual({ kind: "sequential", low: 0, high: 1 });
    expect(scaleOf("n", [])).toEqual({ kind: "diverging", low: -1, high: 1 });
    expect(scaleOf("c", [0.2, -3, Number.POSITIVE_INFINITY])).toEqual({ kind: "diverging", low: -3, high: 3 });
    expect(scaleOf("c", [0.2])).toEqual({ kind: "diverging", low: -1, high: 1 });
    expect(scaleFromZero([0, 0])).toEqual({ kind: "sequential", low: 0, high: 1 });
    expect(largest([Number.NaN, -2, 1])).toBe(2);
  });

  test("values find their place, and what is no number has none", () => {
    const scale = scaleOf("h", []);
    expect([-1, 1, 5, -5].map((value) => levelOf(value, scale))).toEqual([0, 255, 255, 0]);
    expect(levelOf(Number.NaN, scale)).toBeUndefined();
    expect(levelOf(undefined, scale)).toBeUndefined();
    expect(levelOf(0, scale)).toBe(128);
  });

  test("a legend runs from the lowest colour to the highest", () => {
    const [low, high] = [colourBytes("diverging", "dark")[0], colourBytes("diverging", "dark").at(-1)];
    const gradient = gradientOf("diverging", "dark");
    expect(gradient.startsWith(`linear-gradient(to right, rgb(${low?.join(" ")})`)).toBe(true);
    expect(gradient.endsWith(`rgb(${high?.join(" ")}))`)).toBe(true);
  });
});
