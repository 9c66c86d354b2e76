import { expect, test } from "vitest";
import type { Task } from "../../config";
import { carryScales } from "../../model/training";
import { cutDistance, isReached, timePlan } from "./windows";

const text: Task = { kind: "text", source: "own", sequenceLength: 12, carryState: true };
const copy: Task = { kind: "copy", symbols: 4, length: 3, delay: 6 };
const digits: Task = { kind: "digits" };

test("cuts lie where the training step has them", () => {
  for (const [task, steps, headAt] of [
    [digits, 28, "last"],
    [text, 12, "all"],
    [copy, 12, "all"],
  ] as const) {
    for (const k of [1, 3, 5, 10, steps - 1, steps]) {
      const scales = carryScales({ kind: "fixed", k }, steps, headAt);
      const cuts = Array.from(scales.keys()).filter((t) => scales[t] === 0);
      const { windows } = timePlan(task, { kind: "fixed", k }, steps);
      expect(windows.map(({ from }) => from).filter((from) => from > 0)).toEqual(cuts);
      expect(windows.map(({ to }) => to)).toEqual([...windows.slice(1).map(({ from }) => from), steps]);
    }
  }
});

test("losses: of digits the last step, of text all, of copying those that repeat", () => {
  expect(timePlan(digits, { kind: "full" }, 28).firstLoss).toBe(27);
  expect(timePlan(text, { kind: "full" }, 12).firstLoss).toBe(0);
  expect(timePlan(copy, { kind: "full" }, 12).firstLoss).toBe(9);
});

test("a gradient reaches the windows that hold a loss", () => {
  const reached = (task: Task, k: number, steps: number) => {
    const plan = timePlan(task, { kind: "fixed", k }, steps);
    return Array.from({ length: steps }, (_, t) => isReached(plan, t));
  };
  expect(reached(digits, 10, 28).lastIndexOf(false)).toBe(17);
  expect(reached(digits, 10, 28).indexOf(true)).toBe(18);
  expect(reached(text, 5, 12)).not.toContain(false);
  expect(reached(copy, 4, 12)).toEqual([...Array(8).fill(false), ...Array(4).fill(true)]);
  expect(reached(copy, 5, 12)).toEqual([...Array(5).fill(false), ...Array(7).fill(true)]);
});

test("how far the last step's gradient goes", () => {
  expect(cutDistance(timePlan(digits, { kind: "full" }, 28))).toBeUndefined();
  expect(cutDistance(timePlan(digits, { kind: "fixed", k: 10 }, 28))).toBe(10);
  expect(cutDistance(timePlan(text, { kind: "fixed", k: 5 }, 12))).toBe(2);
  expect(cutDistance(timePlan(text, { kind: "fixed", k: 12 }, 12))).toBeUndefined();
});

test("random cuts have no windows: a gradient may reach every step", () => {
  const plan = timePlan(digits, { kind: "random", mean: 5, compensate: true }, 28);
  expect(plan.windows).toEqual([]);
  expect(isReached(plan, 0)).toBe(true);
  expect(cutDistance(plan)).toBeUndefined();
});
