import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Cell } from "../config";
import { madeFrame } from "../testing/probeFrames";
import { type DiagnosisInput, diagnose, formatShare, rules, ruleTexts } from "./diagnosis";

const STEPS = 28;
type Made = NonNullable<Parameters<typeof madeFrame>[0]>;

/** A run of one layer whose last loss' gradient has this norm at each distance. */
function judged(norm: (distance: number) => number, made: Made = {}, input: Partial<DiagnosisInput> = {}) {
  const steps = made.steps ?? STEPS;
  const frame = madeFrame({
    steps,
    layers: 1,
    horizon: (_, t, column) => (column === (made.cell === "lstm" ? "dCell" : "dHidden") ? norm(steps - 1 - t) : 0),
    ...made,
  });
  return diagnose({ frame, cutDistance: undefined, clip: "norm", ...input });
}
const halving = (steps: number) => (distance: number) => 2 ** (-distance / steps);

test("every rule has its section in docs/diagnosis.md, in the order in which they are tried, and its line", () => {
  const document = readFileSync(new URL("../../docs/diagnosis.md", import.meta.url), "utf8");
  expect(Array.from(document.matchAll(/^### (.+)$/gm), ([, title]) => title)).toEqual([...rules]);
  for (const rule of rules) expect(ruleTexts[rule]).toMatch(/^[A-Z].*\.$/);
});

describe("vanishing", () => {
  test("rate, what is left, the radius, and what helps", () => {
    const { rule, sentence } = judged(halving(2.1), { spectralRadius: 0.58 });
    expect(rule).toBe("vanishing");
    expect(sentence).toBe(
      "The gradient halves every 2.1 steps: after 27 steps 0.013 % is left (spectral radius 0.58); an LSTM with a forget bias keeps more of it.",
    );
  });

  test.each([
    ["lstm", "a larger forget bias"],
    ["gru", "an LSTM with a forget bias"],
  ] as const)("what helps a %s", (cell: Cell, advice) => {
    const { rule, sentence } = judged(halving(2), { cell });
    expect(rule).toBe("vanishing");
    expect(sentence).toContain(advice);
    expect(sentence).not.toContain("spectral");
  });

  test("a curve that comes to an end on its way says where", () => {
    expect(judged((distance) => 1e-6 ** distance).sentence).toContain("from 6 steps back on nothing is left");
    expect(judged((distance) => (distance < 1 ? 1 : 0)).sentence).toContain("from 1 step back on");
    expect(judged((distance) => (distance < 2 ? 1 : 0)).sentence).toBe(
      "The gradient ends: from 2 steps back on nothing is left of it (spectral radius 1.00); an LSTM with a forget bias keeps more of it.",
    );
  });

  test("just under and just over 1 %", () => {
    expect(judged(halving(27 / Math.log2(101))).rule).toBe("vanishing");
    expect(judged(halving(27 / Math.log2(99))).rule).toBe("fading");
  });
});

test("saturation is named where it is the cause", () => {
  const saturation = () => ({ low: 0.3, high: 0.42 });
  expect(judged(halving(2), { saturation })).toMatchObject({
    rule: "saturated",
    sentence:
      "The gradient halves every 2.0 steps: after 27 steps 0.0086 % is left; 72 % of the states sit where tanh is flat, so little passes through them.",
  });
  expect(judged(halving(100), { saturation }).rule).toBe("beyond-sequence");
  const forgetful = (_layer: number, _t: number, gate: number) => ({ low: gate === 1 ? 0.8 : 0, high: gate === 1 ? 0 : 0.9 });
  expect(judged(halving(1), { cell: "lstm", saturation: forgetful }).sentence).toContain("80 % of the forget gates are shut");
  const open = () => ({ low: 0, high: 0.9 });
  expect(judged(halving(1), { cell: "lstm", saturation: open }).rule).toBe("vanishing");
});

test("gates that let nothing new through are told where the gradient reaches back", () => {
  const shut = (of: number, side: "low" | "high") => (_layer: number, _t: number, gate: number) => ({
    low: gate === of && side === "low" ? 0.93 : 0,
    high: gate === of && side === "high" ? 0.93 : 0,
  });
  expect(judged(halving(30), { cell: "lstm", saturation: shut(0, "low") })).toMatchObject({
    rule: "dead-gates",
    sentence:
      "93 % of the input gates are shut, so next to nothing new is written; the gradient itself gets back: after 27 steps 54 % is left.",
  });
  expect(judged(halving(30), { cell: "gru", saturation: shut(1, "high") }).sentence).toContain("93 % of the update gates keep the state");
  expect(judged(halving(30), { cell: "lstm", saturation: shut(0, "high") }).rule).toBe("beyond-sequence");
  expect(judged(halving(2), { cell: "lstm", saturation: shut(0, "low") }).rule).toBe("vanishing");
  expect(judged(halving(30), { cell: "gru", saturation: () => ({ low: 0.5, high: 0.45 }) }).sentence).toContain(
    "95 % of all gates and candidates sit at their ends",
  );
});

describe("exploding", () => {
  const doubling = (distance: number) => 2 ** (distance / 4.2);

  test("rate, growth, the radius; clipping where there is none", () => {
    expect(judged(doubling, { spectralRadius: 1.31 }, { clip: "none" })).toMatchObject({
      rule: "exploding",
      sentence:
        "The gradient doubles every 4.2 steps: 27 steps back it is 86 times what it was at the loss (spectral radius 1.31); clip it by norm.",
    });
    expect(judged(doubling).sentence).toContain("a lower learning rate");
  });

  test("a hump counts, a small rise does not", () => {
    expect(judged((distance) => (distance < 10 ? 2 ** distance : 2 ** (18 - distance))).sentence).toContain("9 steps back it is 510 times");
    expect(judged((distance) => 2 ** (distance / 10)).rule).toBe("beyond-sequence");
  });
});

describe("truncation", () => {
  test("that cuts what would still be there", () => {
    expect(judged(halving(10), {}, { cutDistance: 10 })).toMatchObject({
      rule: "cut-early",
      sentence:
        "Truncation cuts the last step's gradient 10 steps back, where 50 % of it would be left: a longer window lets earlier steps count.",
      note: undefined,
    });
  });

  test("that cuts what is gone already is a note", () => {
    const { rule, note } = judged(halving(1), {}, { cutDistance: 10 });
    expect(rule).toBe("vanishing");
    expect(note).toEqual({
      rule: "cut-late",
      sentence: "Truncation costs little here: where it cuts, 10 steps back, 0.098 % would be left.",
    });
    expect(judged(halving(1)).note).toBeUndefined();
    expect(judged(halving(2), {}, { cutDistance: 10 })).toMatchObject({ rule: "vanishing", note: undefined });
  });
});

describe("what reaches the first step", () => {
  test("is healthy, with its rate", () => {
    expect(judged(halving(14))).toMatchObject({
      rule: "healthy",
      sentence: "The gradient reaches the first step: after 27 steps 26 % is left; it halves every 14 steps.",
    });
  });

  test("lies beyond the sequence where the rate would be an extrapolation", () => {
    expect(judged(halving(60)).sentence).toBe("The gradient's horizon lies beyond the sequence: after 27 steps 73 % is left.");
    expect(judged(() => 0.5).rule).toBe("beyond-sequence");
    expect(judged((distance) => 2 ** (distance / 20)).sentence).toContain("after 27 steps it is 2.5 times as large.");
    expect(judged(() => 1).sentence).toContain("after 27 steps it is as large as at the loss.");
  });

  test("fades", () => {
    expect(judged(halving(6))).toMatchObject({
      rule: "fading",
      sentence: "The gradient halves every 6.0 steps: after 27 steps 4.4 % is left, so the first steps count little.",
    });
  });
});

describe("where there is nothing to judge", () => {
  test("numbers that are not finite are told first, by their place", () => {
    const state: Made["state"] = (_, t, column) => (column === "nonFiniteForward" && t >= 4 ? 7 : column === "nonFiniteBackward" ? 9 : 0);
    expect(judged(() => Number.NaN, { state, layers: 2 }).sentence).toContain("The state of layer 1 is not finite from step 5 on");
    const backward: Made["state"] = (_, t, column) => (column === "nonFiniteBackward" && t <= 6 ? 1 : 0);
    expect(judged(halving(2), { state: backward, layers: 2 }).sentence).toContain("The gradient of layer 2 is not finite from step 7 back");
    expect(judged((distance) => (distance < 5 ? 10 ** (8 * distance) : Number.POSITIVE_INFINITY))).toMatchObject({ rule: "not-finite" });
  });

  test("no gradient at all, or too few steps", () => {
    expect(judged(() => 0).rule).toBe("no-gradient");
    expect(judged(halving(1), { steps: 3 }).rule).toBe("too-short");
  });
});

test("shares are written so that people can read them", () => {
  expect([0.345, 0.0345, 1.2e-4, 1.2e-6, 3e-9, 0].map(formatShare)).toEqual([
    "35 %",
    "3.5 %",
    "0.012 %",
    "0.00012 %",
    "3 × 10⁻⁹ of it",
    "nothing",
  ]);
});
