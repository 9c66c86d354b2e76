import { expect, test } from "vitest";
import { madeFrame, madeLayout } from "../testing/probeFrames";
import { ProbeHistory } from "./probeHistory";

const layout = madeLayout();
const rowsOf = (steps: readonly number[], hasHorizon: (step: number) => boolean = () => true): Float32Array =>
  Float32Array.from(steps.flatMap((step) => [...madeFrame({ step, hasHorizon: hasHorizon(step) }).row]));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);
const stepsOf = (history: ProbeHistory): number[] => history.frames.map(({ step }) => step);

test("keeps every frame while there is room, each in memory of its own", () => {
  const history = new ProbeHistory(layout);
  const rows = rowsOf([10, 20, 30]);
  history.append(rows);
  rows.fill(0);
  expect(stepsOf(history)).toEqual([10, 20, 30]);
  expect(history.latest?.frame.step).toBe(30);
  expect(history.bytes).toBe(3 * layout.width * 4);
});

test("when full it thins by two, covers the run evenly, and holds the first and the newest", () => {
  for (const batch of [1, 3, 7]) {
    const history = new ProbeHistory(layout, { bytes: Number.POSITIVE_INFINITY, frames: 8 });
    const steps = upTo(105);
    for (let i = 0; i < steps.length; i += batch) {
      history.append(rowsOf(steps.slice(i, i + batch)));
      expect(history.frames.length).toBeLessThanOrEqual(8);
      expect(history.frames[0]?.step).toBe(1);
      expect(history.frames.at(-1)?.step).toBe(Math.min(105, i + batch));
    }
    expect(stepsOf(history)).toEqual([1, 17, 33, 49, 65, 81, 97, 105]);
  }
});

test("the memory bound counts as well as the number of frames", () => {
  const history = new ProbeHistory(layout, { bytes: 6 * layout.width * 4, frames: 400 });
  for (const step of upTo(50)) history.append(rowsOf([step]));
  expect(history.bytes).toBeLessThanOrEqual(6 * layout.width * 4);
  expect(stepsOf(history).at(-1)).toBe(50);
  const tiny = new ProbeHistory(layout, { bytes: 1, frames: 400 });
  tiny.append(rowsOf(upTo(5)));
  expect(stepsOf(tiny)).toEqual([1, 5]);
});

test("a step is found by the last frame before it", () => {
  const history = new ProbeHistory(layout);
  expect(history.indexAt(5)).toBe(-1);
  history.append(rowsOf([10, 20, 30]));
  expect([1, 10, 19, 20, 29, 30, 99].map((step) => history.indexAt(step))).toEqual([0, 0, 0, 1, 1, 2, 2]);
});

test("each frame knows at which step its horizon was measured", () => {
  const history = new ProbeHistory(layout);
  history.append(rowsOf([1, 2, 3, 4], (step) => step % 2 === 0));
  history.append(rowsOf([5], () => false));
  expect(history.frames.map(({ horizon }) => horizon?.step)).toEqual([undefined, 2, 2, 4, 4]);
  expect(history.frames[2]?.horizon).toBe(history.frames[1]?.horizon);
});

test("a frame without a horizon holds the last one, not what its row had in that place", () => {
  const history = new ProbeHistory(layout);
  const row = (step: number, norm: number, hasHorizon: boolean) => madeFrame({ step, hasHorizon, horizon: () => norm }).row;
  history.append(Float32Array.from([...row(1, 5, true), ...row(2, 99, false)]));
  history.append(row(3, 98, false));
  history.append(row(4, 7, true));
  expect(history.frames.map(({ frame }) => frame.horizon(1, 2, "dHidden"))).toEqual([5, 5, 5, 7]);
  expect(history.frames.map(({ frame }) => frame.hasHorizon)).toEqual([true, false, false, true]);
});

test("half a row is no frame", () => {
  const history = new ProbeHistory(layout);
  history.append(rowsOf([1, 2]).subarray(0, layout.width + 5));
  expect(stepsOf(history)).toEqual([1]);
});

test("taken back to a step, it keeps the frames up to there, and goes on with the spacing that it had", () => {
  const history = new ProbeHistory(layout, { bytes: Number.POSITIVE_INFINITY, frames: 8 });
  history.append(rowsOf(upTo(50)));
  expect(stepsOf(history)).toEqual([1, 9, 17, 25, 33, 41, 49, 50]);
  const part = history.until(30);
  expect(stepsOf(part)).toEqual([1, 9, 17, 25]);
  expect(part.latest?.step).toBe(25);
  part.append(rowsOf([31, 32, 33]));
  expect(stepsOf(part)).toEqual([1, 9, 17, 25, 31, 33]);
  expect(stepsOf(history.until(0))).toEqual([]);
  expect(stepsOf(history)).toHaveLength(8);
});
