import { expect, test } from "vitest";
import type { Bptt, Task } from "../../config";
import { MARK } from "./cells";
import { LEVELS } from "./colourScale";
import { networkGeometry, stripGeometry } from "./geometry";
import { type Picture, paintNetwork } from "./paint";
import type { Palette } from "./palette";
import { timePlan } from "./windows";

const digits: Task = { kind: "digits" };
const colours = Array.from({ length: LEVELS }, (_, level) => `level ${level}`);
const palette: Palette = {
  ground: "light",
  paper: "paper",
  ink: "ink",
  ink2: "ink2",
  ink3: "ink3",
  rule: "rule",
  ruleStrong: "ruleStrong",
  wrong: "wrong",
  cell: "cell",
};

/** What is drawn, as the calls that reach a canvas; `fill` with the colour that it has then. */
function drawn(picture: Picture): { readonly texts: readonly string[]; readonly fills: readonly string[]; readonly dashes: number } {
  const texts: string[] = [];
  const fills: string[] = [];
  let dashes = 0;
  const state: Record<string, unknown> = { measureText: (text: string) => ({ width: 6 * text.length }) };
  const context = new Proxy(state, {
    get: (target, name) => {
      if (Object.hasOwn(target, name)) return target[String(name)];
      return (...values: readonly unknown[]) => {
        if (name === "fillText") texts.push(String(values[0]));
        if (name === "fill" || name === "fillRect") fills.push(String(target.fillStyle));
        if (name === "setLineDash" && Array.isArray(values[0]) && values[0].length > 0) dashes++;
      };
    },
  });
  paintNetwork(context as unknown as CanvasRenderingContext2D, picture, palette);
  return { texts, fills, dashes };
}

const picture = (bptt: Bptt, shades: readonly number[], rest: Partial<Picture> = {}): Picture => ({
  geometry: networkGeometry({ steps: 28, layers: 1, available: 1060, path: rest.path !== undefined }),
  plan: timePlan(digits, bptt, 28),
  shades: Int16Array.from({ length: 28 }, (_, t) => shades[t % shades.length]!),
  colours,
  path: undefined,
  ...rest,
});

test("each cell has the colour of its level, or its mark", () => {
  const { fills } = drawn(picture({ kind: "full" }, [0, 128, 255, MARK.notFinite]));
  for (const [colour, count] of [
    ["level 0", 7],
    ["level 128", 7],
    ["level 255", 7],
    ["wrong", 7],
  ] as const) {
    expect(fills.filter((fill) => fill === colour)).toHaveLength(count);
  }
});

test("brackets tell the windows: whole, of k steps with what no gradient reaches, random", () => {
  const steps = Array.from({ length: 28 }, (_, t) => String(t + 1));
  expect(drawn(picture({ kind: "full" }, [1])).texts).toEqual([...steps, "BPTT, full: 28 steps"]);
  expect(drawn(picture({ kind: "fixed", k: 10 }, [1])).texts).toEqual([...steps, "no gradient", "no gradient", "10 steps"]);
  expect(drawn(picture({ kind: "random", mean: 5, compensate: false }, [1])).texts).toEqual([
    ...steps,
    "BPTT, cut at random, every 5 steps on average",
  ]);
});

test("the way back of one example's loss is drawn as far as there is a gradient", () => {
  const path = Float64Array.from({ length: 28 }, (_, t) => (t < 5 ? 0 : 10 ** (t - 27)));
  const count = (of: Picture): number => drawn(of).fills.filter((fill) => fill === "cell").length;
  expect(count(picture({ kind: "full" }, [1]))).toBe(0);
  // The band, and the mark at its end.
  expect(count(picture({ kind: "full" }, [1], { path }))).toBe(2);
  expect(count(picture({ kind: "full" }, [1], { path: new Float64Array(28) }))).toBe(0);
  // The band before the cut and the pale one behind it.
  expect(count(picture({ kind: "fixed", k: 10 }, [1], { path }))).toBe(3);
});

test("the strip is cells alone; before the first frame they are empty", () => {
  const geometry = stripGeometry(28, 1, 600, 50);
  const { texts, fills } = drawn(picture({ kind: "fixed", k: 10 }, [3], { geometry }));
  expect(texts).toEqual([]);
  expect(fills).toEqual(Array.from({ length: 28 }, () => "level 3"));
  expect(drawn(picture({ kind: "full" }, [3], { geometry, shades: undefined })).fills).toEqual([]);
});
