import { describe, expect, it } from "vitest";
import { metricRows } from "../../testing/metricRows";
import { RunHistory } from "../series";
import { type ChartKind, type ChartOptions, chartData as chartOf, rowAt } from "./chartData";

const plain: ChartOptions = { smoothing: 0.9, range: { kind: "all" }, fit: "all", logSteps: false, log: false };
const chartData = (history: RunHistory, kind: ChartKind, log: boolean, threshold?: number, changes: Partial<ChartOptions> = {}) =>
  chartOf(history, kind, { ...plain, log, threshold, ...changes });

function historyOf(losses: readonly number[]): RunHistory {
  const history = new RunHistory();
  history.append(metricRows(losses.map((loss) => ({ loss, accuracy: 0.5, gradNorm: 4, gradNormClipped: 1, clipped: 1 }))));
  return history;
}

describe("chartData", () => {
  it("is empty but drawable before the first step", () => {
    const { rows, x, y } = chartData(new RunHistory(), "loss", true);
    expect(rows).toEqual([]);
    expect(x.domain[1]).toBeGreaterThan(x.domain[0]);
    expect(y.domain[1]).toBeGreaterThan(y.domain[0]);
  });

  it("turns what cannot be drawn into gaps", () => {
    const { rows, y } = chartData(historyOf([1, Number.NaN, 0, 2]), "loss", true);
    expect(rows.map(({ ranges: [range] }) => range)).toEqual([[1, 1], null, null, [2, 2]]);
    expect(y.domain[0]).toBeGreaterThan(0);
  });

  it("puts a validation on the step it belongs to", () => {
    const history = historyOf([4, 3, 2, 1]);
    history.validations.push({ step: 2, epoch: 0.5, loss: 2.5, accuracy: 0.25, full: false });
    history.validations.push({ step: 4, epoch: 1, loss: 1.5, accuracy: 0.75, full: true });
    expect(chartData(history, "loss", false).rows.map(({ validation }) => validation)).toEqual([null, 2.5, null, 1.5]);
    expect(chartData(history, "perplexity", false).rows[3]?.validation).toBeCloseTo(Math.exp(1.5));
    expect(chartData(history, "accuracy", false).rows[1]?.validation).toBe(0.25);
  });

  it("shows the norm before and after clipping with the threshold inside", () => {
    const { rows, y } = chartData(historyOf([1, 1]), "gradient", true, 0.3);
    expect(rows[0]).toMatchObject({
      ranges: [
        [4, 4],
        [1, 1],
      ],
      validation: null,
      clipped: 1,
    });
    expect(y.domain[0]).toBeLessThanOrEqual(0.3);
    expect(y.domain[1]).toBeGreaterThanOrEqual(4);
  });

  it("shows the largest number of the gradient only where it is asked for", () => {
    const history = new RunHistory();
    history.append(metricRows([{ gradNorm: 4, gradNormClipped: 1, gradLargest: 0.01 }]));
    const plain = chartData(history, "gradient", true);
    expect(plain.rows[0]?.lines).toEqual([4, 1]);
    expect(plain.y.domain[0]).toBeGreaterThan(0.01);
    const { rows, y } = chartData(history, "gradient", true, undefined, { largest: true });
    expect(rows[0]?.lines[2]).toBeCloseTo(0.01, 8);
    expect(y.domain[0]).toBeLessThanOrEqual(0.01);
  });

  it("survives perplexities beyond every number", () => {
    expect(chartData(historyOf([1, 1000]), "perplexity", false).rows[1]?.ranges[0]).toBeNull();
  });

  describe("of half precision", () => {
    const overflow = { gradNorm: Number.POSITIVE_INFINITY, gradNormClipped: Number.POSITIVE_INFINITY };
    const good = { gradNorm: 4, gradNormClipped: 1, clipped: 1 };
    const history = new RunHistory();
    history.append(
      metricRows([
        { ...overflow, lossScale: 65_536, skippedSteps: 1, underflow: 0.1 },
        { ...overflow, lossScale: 32_768, skippedSteps: 2, underflow: 0.2 },
        { ...good, lossScale: 16_384, skippedSteps: 2, underflow: 0.3 },
        { ...good, lossScale: 16_384, skippedSteps: 2, underflow: 0.3 },
      ]),
    );

    it("draws the loss scale as it is, with the steps that were skipped", () => {
      const { rows, y } = chartData(history, "lossScale", true);
      expect(rows.map(({ lines: [scale] }) => scale)).toEqual([65_536, 32_768, 16_384, 16_384]);
      expect(rows.map(({ skipped }) => skipped)).toEqual([1, 1, null, null]);
      expect(y).toEqual({ domain: [2 ** 13.5, 2 ** 16.5], ticks: [16_384, 32_768, 65_536] });
    });

    it("counts each skipped step once where a point stands for many", () => {
      const long = new RunHistory();
      const steps = Array.from({ length: 5000 }, (_, i) => ({ ...good, lossScale: 65_536, skippedSteps: Math.floor((i + 1) / 100) }));
      long.append(metricRows(steps));
      const { rows } = chartData(long, "lossScale", true);
      expect(rows.length).toBeLessThan(1000);
      expect(rows.reduce((sum, { skipped }) => sum + (skipped ?? 0), 0)).toBe(50);
    });

    it("counts no step that was skipped before a saved run went on", () => {
      const resumed = new RunHistory();
      resumed.append(
        metricRows(
          [
            { ...good, skippedSteps: 7 },
            { ...overflow, skippedSteps: 8 },
          ],
          500,
        ),
      );
      expect(chartData(resumed, "lossScale", true).rows.map(({ skipped }) => skipped)).toEqual([null, 1]);
    });

    it("has gaps in the gradient where steps were skipped, and an axis of the others", () => {
      const { rows, y } = chartData(history, "gradient", true, 1);
      expect(rows.map(({ ranges: [range] }) => range)).toEqual([null, null, [4, 4], [4, 4]]);
      expect(rows.map(({ ranges: [, after] }) => after)).toEqual([null, null, [1, 1], [1, 1]]);
      expect(rows.every(({ skipped }) => skipped === null)).toBe(true);
      expect(y.domain.every(Number.isFinite)).toBe(true);
    });

    it("shows the share that underflows", () => {
      const { rows, y } = chartData(history, "underflow", false);
      expect(rows.map(({ ranges: [range] }) => range?.[1])).toEqual([0.1, 0.2, 0.3, 0.3].map(Math.fround));
      expect(y.domain[0]).toBe(0);
    });
  });
});

it("begins where a run that was opened from a file goes on", () => {
  const history = new RunHistory();
  expect(history.startStep).toBe(0);
  history.append(metricRows([{ loss: 1 }, { loss: 2 }], 204));
  const { x, rows } = chartData(history, "loss", false);
  expect(x.domain).toEqual([203, 205]);
  expect(rows.map(({ step }) => step)).toEqual([204, 205]);
});

describe("a part of a run", () => {
  const history = new RunHistory();
  const spike = (i: number): number => (i === 5 ? 1000 : 1);
  history.append(
    metricRows(
      Array.from({ length: 4000 }, (_, i) => ({ loss: 2 - i / 4000, gradNorm: spike(i), gradNormClipped: 1, clipped: i >= 3990 ? 1 : 0 })),
    ),
  );
  for (const step of [1000, 2000, 3000]) history.validations.push({ step, epoch: 1, loss: step / 1000, accuracy: 0, full: false });

  it("has axes of its own, and lines that lead out of it", () => {
    const { rows, x, y } = chartData(history, "loss", false, undefined, { range: { kind: "zoom", from: 1500, to: 1600 } });
    expect(x.domain).toEqual([1500, 1600]);
    expect(y.domain[0]).toBeGreaterThan(1.5);
    expect(y.domain[1]).toBeLessThan(1.7);
    expect(rows.filter(({ validation }) => validation !== null).map(({ step, validation }) => [step, validation])).toEqual([
      [1000, 1],
      [2000, 2],
    ]);
  });

  it("shows the clipped steps exactly, and their share", () => {
    const { rows, clippedShare } = chartData(history, "gradient", true, 1, { range: { kind: "zoom", from: 3981, to: 4000 } });
    expect(rows.filter(({ clipped }) => clipped > 0).map(({ step }) => step)).toEqual(Array.from({ length: 10 }, (_, i) => 3991 + i));
    expect(clippedShare).toBe(0.5);
    expect(chartData(history, "gradient", true, 1).clippedShare).toBeCloseTo(10 / 4000, 12);
  });

  it("is not flattened by one spike where most values are asked for", () => {
    expect(chartData(history, "gradient", false).y.domain[1]).toBe(1000);
    expect(chartData(history, "gradient", false, undefined, { fit: "most" }).y.domain[1]).toBeLessThan(3);
    expect(chartData(history, "gradient", false, 5, { fit: "most" }).y.domain[1]).toBeGreaterThanOrEqual(5);
  });

  it("has an axis of its steps' logarithms", () => {
    const { x, rows } = chartData(history, "loss", false, undefined, { logSteps: true });
    expect(x).toEqual({ domain: [1, 4000], ticks: [1, 10, 100, 1000] });
    expect(rows[0]).toMatchObject({ firstStep: 1, step: 1 });
  });

  it("finds the point of a step", () => {
    const { rows } = chartData(history, "loss", false);
    expect(rowAt(rows, 2000)).toMatchObject({ firstStep: 1985, step: 2000 });
    expect(rowAt(rows, 1985)?.step).toBe(2000);
    expect(rowAt(rows, 9999)?.step).toBe(4000);
    expect(rowAt([], 3)).toBeUndefined();
  });
});
