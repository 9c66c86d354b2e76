import { expect, test } from "vitest";
import { gradientHorizon, HORIZON_FLOOR, horizonNorms } from "./horizon";
import { ProbeFrame, probeLayout } from "./probes";
import { madeFrame } from "./testing/probeFrames";

const curve = (length: number, at: (distance: number) => number): number[] => Array.from({ length }, (_, distance) => at(distance));

test("a gradient that halves every so many steps has that half-life", () => {
  for (const steps of [0.7, 2.1, 30]) {
    const found = gradientHorizon(curve(28, (distance) => 3 * 2 ** (-distance / steps)));
    expect(found.halfLifeSteps).toBeCloseTo(steps, 9);
    expect(found.doublingSteps).toBe(Number.POSITIVE_INFINITY);
    expect(found.intercept).toBeCloseTo(3, 9);
    expect(found.spread).toBeCloseTo(1, 9);
    expect(found.left).toBeCloseTo(2 ** (-27 / steps), 12);
    expect(found).toMatchObject({ reach: 27, end: "sequence" });
  }
});

test("a gradient that grows has a doubling time, and a level one neither", () => {
  const growing = gradientHorizon(curve(40, (distance) => 1e-3 * 2 ** (distance / 5)));
  expect(growing.doublingSteps).toBeCloseTo(5, 9);
  expect(growing.halfLifeSteps).toBe(Number.POSITIVE_INFINITY);
  expect(growing.left).toBeCloseTo(2 ** (39 / 5), 6);
  const level = gradientHorizon(curve(40, () => 0.25));
  expect([level.halfLifeSteps, level.doublingSteps, level.left]).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 1]);
});

test("a step at the loss and a few odd steps do not tilt the slope", () => {
  const norms = curve(60, (distance) => (distance === 0 ? 20 : 1) * 2 ** (-distance / 12) * (distance > 20 && distance < 27 ? 1e-3 : 1));
  expect(gradientHorizon(norms).halfLifeSteps).toBeCloseTo(12, 6);
});

test("a curve is followed to the floor, to zero, or to what is not finite, and no further", () => {
  const falling = gradientHorizon(curve(100, (distance) => 10 ** -distance));
  expect(falling).toMatchObject({ end: "floor", reach: 30, left: 0 });
  expect(10 ** -falling.reach).toBeGreaterThanOrEqual(HORIZON_FLOOR);
  expect(falling.halfLifeSteps).toBeCloseTo(Math.log10(2), 9);
  expect(gradientHorizon([1, 0.5, 0.25, 0.125, 0, 0, 1])).toMatchObject({ end: "zero", reach: 3, left: 0, halfLifeSteps: 1 });
  expect(gradientHorizon([1, 2, 4, 8, Number.POSITIVE_INFINITY])).toMatchObject({ end: "not-finite", reach: 3, left: Number.NaN });
  expect(gradientHorizon([Number.NaN, 1, 1, 1, 1])).toMatchObject({ end: "not-finite", reach: -1, left: Number.NaN });
});

test("nothing, zeros only, and too few steps have no half-life", () => {
  expect(gradientHorizon([])).toMatchObject({ reach: -1, left: Number.NaN, halfLifeSteps: Number.NaN });
  expect(gradientHorizon([0, 0, 0, 0, 0])).toMatchObject({ end: "zero", reach: -1, left: Number.NaN, halfLifeSteps: Number.NaN });
  expect(gradientHorizon([1, 0.5, 0.25])).toMatchObject({ reach: 2, left: 0.25, halfLifeSteps: Number.NaN, doublingSteps: Number.NaN });
});

test("long sequences are fitted on evenly spread distances, with the same answer", () => {
  const found = gradientHorizon(curve(1024, (distance) => 2 ** (-distance / 300)));
  expect(found.halfLifeSteps).toBeCloseTo(300, 6);
});

test("the way through time is the LSTM's cell state, else the hidden state", () => {
  for (const [cell, expected] of [
    ["lstm", 7],
    ["gru", 5],
  ] as const) {
    const frame = madeFrame({ cell, horizon: (_, _t, column) => (column === "dCell" ? 7 : 5) });
    expect(horizonNorms(frame, 0)[0]).toBe(expected);
  }
});

test("a frame's norms by distance, of one layer and of all together", () => {
  const layout = probeLayout("rnn_tanh", 3, 2, []);
  const row = new Float32Array(layout.width);
  const set = (layer: number, t: number, dHidden: number, dCell: number) =>
    row.set([dHidden, 0, dCell], layout.horizon + (layer * 3 + t) * 3);
  set(0, 0, 3, 0);
  set(0, 2, 6, 0.5);
  set(1, 0, 4, 0);
  set(1, 2, 8, 0);
  const frame = new ProbeFrame(layout, row);
  expect([...horizonNorms(frame, 0)]).toEqual([6, 0, 3]);
  expect([...horizonNorms(frame, 1)]).toEqual([8, 0, 4]);
  expect([...horizonNorms(frame, undefined)]).toEqual([10, 0, 5]);
  expect([...horizonNorms(frame, 0, "dCell")]).toEqual([0.5, 0, 0]);
});
