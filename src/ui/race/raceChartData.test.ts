import { describe, expect, test } from "vitest";
import type { Cell } from "../../config";
import { raceRecord } from "../../testing/raceRecord";
import { METRIC_COLUMNS, metricColumns } from "../../worker/protocol";
import { RunHistory } from "../series";
import { type CurveOf, raceChartData } from "./raceChartData";

/** A contestant of steps of one length whose loss falls as 1 / step. */
function curve(cell: Cell, steps: number, ms: number): CurveOf {
  const record = raceRecord(cell, {
    msPerStep: Array<number>(steps / 10).fill(ms),
    validations: [
      { step: 0, loss: 3, accuracy: 0.1 },
      { step: steps, loss: 0.5, accuracy: 0.9 },
      { step: steps, loss: 0.7, accuracy: 0.8, full: true },
    ],
  });
  const history = new RunHistory();
  const rows = new Float32Array(steps * METRIC_COLUMNS);
  for (let i = 0; i < steps; i++) {
    rows[i * METRIC_COLUMNS + metricColumns.indexOf("step")] = i + 1;
    rows[i * METRIC_COLUMNS + metricColumns.indexOf("loss")] = 1 / (i + 1);
  }
  history.append(rows);
  return { record, history };
}

describe("the curves of a race", () => {
  test("by step, have a place for each of a few steps", () => {
    const { rows, x } = raceChartData([curve("rnn_tanh", 50, 1), curve("lstm", 40, 4)], "steps", "loss", false);
    expect(rows.map((row) => row.x)).toEqual(Array.from({ length: 51 }, (_, i) => i));
    expect(rows[10]?.points[0]?.range).toEqual([expect.closeTo(0.1), expect.closeTo(0.1)]);
    expect(rows[0]?.points[1]).toEqual({ range: null, smooth: null, validation: 3 });
    expect(rows[40]?.points[1]?.validation).toBe(0.5);
    expect(rows[41]?.points[1]).toEqual({ range: null, smooth: null, validation: null });
    expect(x.domain).toEqual([0, 50]);
  });

  test("by training time, put all contestants on one clock", () => {
    const [fast, slow] = [curve("rnn_tanh", 400, 1), curve("lstm", 400, 4)];
    const { rows, x } = raceChartData([fast, slow], "seconds", "loss", false);
    expect(x.domain).toEqual([0, 1.6]);
    expect(rows).toHaveLength(241);
    const at = rows.find((row) => row.x >= 0.4);
    expect(at?.x).toBeCloseTo(0.4);
    // After 0.4 s the fast one has done 400 steps, the slow one 100.
    expect(at?.points[0]?.range?.[0]).toBeCloseTo(1 / 400);
    expect(at?.points[1]?.range?.[0]).toBeCloseTo(1 / 100, 3);
    expect(at?.points[0]?.validation).toBe(0.5);
    expect(rows.at(-1)?.points[0]?.smooth).toBeNull();
    expect(rows.at(-1)?.points[1]?.validation).toBe(0.5);
  });

  test("of a hundred thousand steps, keep the extremes in few places", () => {
    const long = curve("gru", 100_000, 1);
    const { rows } = raceChartData([long, undefined], "steps", "loss", false);
    expect(rows).toHaveLength(241);
    const highest = Math.max(...rows.map(({ points }) => points[0]?.range?.[1] ?? 0));
    expect(highest).toBe(1);
    expect(rows.every(({ points }) => points[1]?.smooth === null)).toBe(true);
  });

  test("as perplexity are e to the loss, on a log axis positive, and accuracy spans 0 to 1", () => {
    const one = curve("gru", 10, 1);
    expect(raceChartData([one], "steps", "perplexity", false).rows[1]?.points[0]?.smooth).toBeCloseTo(Math.E);
    const { y } = raceChartData([one], "steps", "loss", true);
    expect(y.domain[0]).toBeGreaterThan(0);
    expect(raceChartData([one], "steps", "accuracy", false).y.domain).toEqual([0, 1]);
  });

  test("of nobody are empty", () => {
    expect(raceChartData([undefined, undefined], "seconds", "loss", false).rows).toEqual([]);
  });
});
