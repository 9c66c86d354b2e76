import { describe, expect, it } from "vitest";
import { RunHistory } from "../series";
import { chartData } from "./chartData";

function historyOf(losses: readonly number[]): RunHistory {
  const history = new RunHistory();
  history.append(Float32Array.from(losses.flatMap((loss, i) => [i + 1, loss, 0.5, 4, 1, 1])));
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
    expect(rows.map(({ range }) => range)).toEqual([[1, 1], null, null, [2, 2]]);
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
    expect(rows[0]).toMatchObject({ range: [4, 4], range2: [1, 1], validation: null });
    expect(y.domain[0]).toBeLessThanOrEqual(0.3);
    expect(y.domain[1]).toBeGreaterThanOrEqual(4);
  });

  it("survives perplexities beyond every number", () => {
    expect(chartData(historyOf([1, 1000]), "perplexity", false).rows[1]?.range).toBeNull();
  });
});
