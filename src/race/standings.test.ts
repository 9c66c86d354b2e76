import { describe, expect, test } from "vitest";
import { raceRecord } from "../testing/raceRecord";
import { curvesCsv, standingsCsv } from "./csv";
import { fullValidation, lossBefore, medianInterval, spreadOf, standings, validationAt } from "./standings";

describe("a record", () => {
  const record = raceRecord("lstm", { msPerStep: [2, 4], stepsPerSlice: 10 });

  test("gives each step its own time, in proportion within a slice", () => {
    expect(record.steps).toBe(20);
    expect(record.ms).toBe(60);
    expect([0, 5, 10, 15, 20, 25].map((step) => record.msAt(step))).toEqual([0, 10, 20, 40, 60, 60]);
    expect([0, 10, 20, 40, 60, 99].map((ms) => record.stepAt(ms))).toEqual([0, 5, 10, 15, 20, 20]);
  });

  test("without a step has no time", () => {
    const empty = raceRecord("gru", { msPerStep: [] });
    expect([empty.steps, empty.ms, empty.msAt(3), empty.stepAt(3)]).toEqual([0, 0, 0, 0]);
    expect(lossBefore(empty, 0)).toBeUndefined();
  });
});

test("a spread is median and middle half", () => {
  expect(spreadOf([4, 1, 3, 2, 5])).toEqual({ median: 3, low: 2, high: 4 });
  expect(spreadOf([1, 2])).toEqual({ median: 1.5, low: 1.25, high: 1.75 });
  expect(spreadOf([7])).toEqual({ median: 7, low: 7, high: 7 });
  expect(spreadOf([]).median).toBeNaN();
});

describe("the interval of a median", () => {
  const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

  test("has the ranks of the tables of the sign test", () => {
    expect(medianInterval(upTo(6))).toEqual({ low: 1, high: 6 });
    expect(medianInterval(upTo(8).reverse())).toEqual({ low: 1, high: 8 });
    expect(medianInterval(upTo(9))).toEqual({ low: 2, high: 8 });
    expect(medianInterval(upTo(20))).toEqual({ low: 6, high: 15 });
    expect(medianInterval(upTo(100))).toEqual({ low: 40, high: 61 });
    expect(medianInterval(upTo(5)).low).toBeNaN();
  });

  test("narrows with more values, also with very many", () => {
    const { low, high } = medianInterval(upTo(10_000));
    expect(low).toBeGreaterThan(4895);
    expect(high).toBeLessThan(5106);
  });
});

test("a training loss is the mean of the last steps", () => {
  const record = raceRecord("rnn_tanh", { msPerStep: Array(20).fill(1), loss: (step) => step });
  expect(lossBefore(record, 3)).toBe(2);
  expect(lossBefore(record, 100.9)).toBe(75.5);
});

describe("validation at a time", () => {
  const record = raceRecord("gru", {
    msPerStep: [2, 2],
    validations: [
      { step: 0, loss: 4, accuracy: 0.1 },
      { step: 10, loss: 2, accuracy: 0.5 },
      { step: 20, loss: 1, accuracy: 0.7 },
      { step: 20, loss: 9, accuracy: 0.9, full: true },
    ],
  });

  test("lies between the results before and after, in proportion to the time", () => {
    expect(validationAt(record, 0)).toMatchObject({ loss: 4 });
    expect(validationAt(record, 10)).toEqual({ loss: 3, accuracy: expect.closeTo(0.3) });
    expect(validationAt(record, 20)).toMatchObject({ loss: 2, accuracy: 0.5 });
    expect(validationAt(record, 35)).toEqual({ loss: 1.25, accuracy: expect.closeTo(0.65) });
    expect(validationAt(record, 40)).toMatchObject({ loss: 1 });
  });

  test("is unknown beyond the last result and before the first", () => {
    expect(validationAt(record, 41)).toBeUndefined();
    const late = raceRecord("gru", { msPerStep: [2, 2], validations: [{ step: 10, loss: 2, accuracy: 0.5 }] });
    expect(validationAt(late, 5)).toBeUndefined();
  });

  test("on the whole set counts only after the last step", () => {
    expect(fullValidation(record)?.loss).toBe(9);
    record.addSlice(1, [1], [1]);
    expect(fullValidation(record)).toBeUndefined();
  });
});

describe("standings", () => {
  const validations = [
    { step: 0, loss: 3, accuracy: 0.1 },
    { step: 20, loss: 1, accuracy: 0.5 },
  ];
  const fast = raceRecord("rnn_tanh", { msPerStep: [1, 1], validations });
  const slow = raceRecord("lstm", { msPerStep: [4, 4], validations });

  test("compare at the steps that all have done and at the time that the fastest took for them", () => {
    const table = standings([fast, slow]);
    expect(table).toMatchObject({ steps: 20, validatedStep: 20, ms: 20 });
    expect(table.contestants.map(({ atEqualSteps }) => atEqualSteps.ms)).toEqual([20, 80]);
    expect(table.contestants.map(({ atEqualTime }) => atEqualTime.step)).toEqual([20, 5]);
    expect(table.contestants[0]?.atEqualTime.validation).toMatchObject({ loss: 1, accuracy: 0.5 });
    // A quarter of the way from step 0 to step 20.
    expect(table.contestants[1]?.atEqualTime.validation).toEqual({ loss: 2.5, accuracy: expect.closeTo(0.2) });
    expect(table.contestants[1]?.atEqualTime.trainLoss).toBeCloseTo((1 + 1 / 2 + 1 / 3 + 1 / 4 + 1 / 5) / 5);
  });

  test("during a round count what the last has done", () => {
    const ahead = raceRecord("gru", { msPerStep: [2, 2, 2], validations });
    expect(standings([ahead, fast])).toMatchObject({ steps: 20, ms: 20, contestants: [{ atEqualSteps: { ms: 40 } }, {}] });
  });

  test("are not held up by a contestant that is out", () => {
    const out = raceRecord("gru", { msPerStep: [1], validations: validations.slice(0, 1) });
    const table = standings([fast, slow, out], (record) => record === out);
    expect(table).toMatchObject({ steps: 20, validatedStep: 20 });
    expect(table.contestants[2]?.atEqualSteps).toMatchObject({ ms: 10, trainLoss: undefined, validation: undefined, full: undefined });
    expect(table.contestants[2]?.atEqualTime).toMatchObject({ step: 10, trainLoss: undefined, validation: undefined });
  });

  test("of nobody are empty", () => {
    expect(standings([])).toEqual({ steps: 0, validatedStep: 0, ms: 0, contestants: [] });
  });

  test("as CSV have a line for each contestant, and every step and validation", () => {
    const lines = standingsCsv(standings([fast, slow]))
      .trimEnd()
      .split("\n");
    const names = lines[0]?.split(",") ?? [];
    expect(lines).toHaveLength(3);
    expect(lines.every((line) => line.split(",").length === names.length)).toBe(true);
    const value = (line: number, name: string): string | undefined => lines[line]?.split(",")[names.indexOf(name)];
    expect(value(2, "cell")).toBe("lstm");
    expect(value(2, "ms_per_step_median")).toBe("4");
    expect(value(2, "step_at_equal_time")).toBe("5");
    expect(value(1, "whole_set_loss_at_equal_steps")).toBe("");
    const curves = curvesCsv([fast, slow]).trimEnd().split("\n");
    expect(curves).toHaveLength(1 + 2 * (20 + 2));
    expect(curves[1]).toBe("rnn_tanh,training,1,0.001,1,0.5");
    expect(curves[22]).toBe("rnn_tanh,validation,20,0.02,1,0.5");
  });
});
