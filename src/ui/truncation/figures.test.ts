import { describe, expect, test } from "vitest";
import type { EstimateFigures, Estimator, TruncationComparison, TruncationRow } from "../../worker/protocol";
import { comparisonCsv, isTooRare, readingOf, settingOf, shortFigure } from "./figures";

interface Values {
  readonly cosine: number;
  readonly ratio?: number;
  readonly bias?: number;
  readonly chance?: number;
  readonly beyond?: boolean;
}

const figures = ({ cosine, ratio = 0.5, bias = 0.25, chance = 0, beyond = true }: Values): EstimateFigures => ({
  cosine: { mean: cosine, deviation: 0.01, low: cosine - 0.02, high: cosine + 0.02 },
  normRatio: { mean: ratio, deviation: 0.1, low: ratio, high: ratio },
  along: { mean: cosine * ratio, standardError: 0 },
  bias: { relative: bias, chance, corrected: bias, isBeyondChance: beyond },
});

function row(estimator: Estimator, length: number, values: Values, seenBack = 99): TruncationRow {
  const all = figures(values);
  const recurrent = figures({ ...values, cosine: values.cosine / 2 });
  return { estimator, length, samples: 80, seenBack: estimator === "fixed" ? null : seenBack, all, recurrent };
}

const comparison = (rows: readonly TruncationRow[]): TruncationComparison => ({
  step: 100,
  steps: 28,
  request: { lengths: [2, 8, 16], batches: 20, draws: 4 },
  batchesDone: 20,
  rows,
  bytes: 1024,
  biasBytes: null,
});

const fixed = [row("fixed", 2, { cosine: 0.7 }), row("fixed", 8, { cosine: 0.9 }), row("fixed", 16, { cosine: 0.97 })];
const random = row("random", 8, { cosine: 0.85, bias: 0.4, chance: 0.04 });
const compensated = row("compensated", 8, { cosine: 0.6, bias: 0.21, chance: 0.2, beyond: false });
const full = { kind: "full" } as const;

describe("what a comparison says", () => {
  test("direction and norm, the shortest good window, and the bias of each estimator", () => {
    expect(readingOf(comparison([...fixed, random, compensated]), full, "all")).toEqual([
      "With windows of k = 8 steps the gradient's direction has a cosine of 0.900 with the full one, and its norm is 0.500 of it.",
      "The shortest window measured with a cosine of at least 0.95 is k = 16.",
      "Fixed windows, k = 8: the mean gradient is off by 0.250 of the full one's norm. That is bias; more batches do not average it away.",
      "Random cuts, 8 steps apart on average: the mean gradient is off by 0.400 of the full one's norm, where chance alone would give 0.040: biased.",
      "Random cuts, 8 steps apart on average, compensated: the mean gradient is off by 0.210 of the full one's norm, where chance alone would give 0.200: no bias shows.",
    ]);
  });

  test("of the part of the gradient that is asked for, and of the run's own setting first", () => {
    const [own, , shortest] = readingOf(
      comparison([...fixed, random, compensated]),
      { kind: "random", mean: 8, compensate: true },
      "recurrent",
    );
    expect(own).toMatch(/^With random cuts 8 steps apart on average, compensated, the gradient's direction has a cosine of 0\.300/);
    expect(shortest).toBe("No window measured that is shorter than the sequence reaches a cosine of 0.95.");
    expect(readingOf(comparison(fixed), { kind: "fixed", k: 2 }, "all")[0]).toMatch(/^With windows of k = 2 steps .* 0\.700/);
  });

  test("no verdict where the draws are too few to show the rare ones that matter", () => {
    const rare = row("compensated", 8, { cosine: 0.6, bias: 0.5, chance: 0.1 }, 12);
    const sentence = readingOf(comparison([rare]), full, "all").at(-1);
    expect(sentence).toMatch(/as far as so few draws can tell\. Paths of more than 12 steps/);
    expect(sentence).not.toContain("biased");
    expect([rare, random, row("compensated", 8, { cosine: 1 }, 27), fixed[0]!].map((each) => isTooRare(each, 28))).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  test("that there is nothing to compare where gradients are not finite", () => {
    expect(readingOf(comparison([row("fixed", 2, { cosine: Number.NaN })]), full, "all")).toEqual([
      "The gradient of these weights is zero or not a finite number, so there is no direction to compare.",
    ]);
    expect(readingOf(comparison([]), full, "all")).toEqual([]);
  });
});

test("a run's own setting among the estimators", () => {
  expect(settingOf(full)).toBeUndefined();
  expect(settingOf({ kind: "fixed", k: 5 })).toEqual({ estimator: "fixed", length: 5 });
  expect(settingOf({ kind: "random", mean: 6, compensate: false })).toEqual({ estimator: "random", length: 6 });
  expect(settingOf({ kind: "random", mean: 6, compensate: true })).toEqual({ estimator: "compensated", length: 6 });
});

test("figures are short, and do not round up to 1", () => {
  expect([0.12345, 0.99996, 1, 1.5, 12.345, 123.4, 12_345, Number.NaN].map(shortFigure)).toEqual([
    ...["0.123", "0.99996", "1.000", "1.500", "12.3", "123", "12,345", "–"],
  ]);
});

test("the CSV has a row for each estimator, length and part, with a number in each column that has one", () => {
  const [header, ...rows] = comparisonCsv(comparison([fixed[0]!, random]))
    .trim()
    .split("\n");
  const columns = header!.split(",");
  expect(rows.map((line) => line.split(",").length)).toEqual(new Array(4).fill(columns.length));
  expect(rows.map((line) => line.split(",").slice(0, 5).join())).toEqual([
    "fixed,2,all,80,0.7",
    "fixed,2,without_head,80,0.35",
    "random,8,all,80,0.85",
    "random,8,without_head,80,0.425",
  ]);
  expect(rows[0]!.endsWith(",")).toBe(true);
  expect(rows[2]!.split(",")[columns.indexOf("bias_by_chance")]).toBe("0.04");
});
