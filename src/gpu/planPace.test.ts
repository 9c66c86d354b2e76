import { describe, expect, it } from "vitest";
import { type Batch, PlanPace } from "./planPace";

const TARGET_MS = 12;

/** Runs replays through a pace on an imaginary GPU whose calls take the given times. Returns the batches and their times. */
function run(pace: PlanPace, callMs: readonly number[], replays: number): { batch: Batch; ms: number }[] {
  const batches: { batch: Batch; ms: number }[] = [];
  let left = replays;
  let firstCall = 0;
  while (left > 0) {
    const batch = pace.next(firstCall, left);
    const ms = callMs.slice(batch.firstCall, batch.endCall).reduce((sum, each) => sum + each, 0) * batch.replays;
    pace.record(batch, ms);
    batches.push({ batch, ms });
    if (batch.endCall === callMs.length) left -= batch.replays;
    firstCall = batch.endCall === callMs.length ? 0 : batch.endCall;
  }
  return batches;
}

const longest = (batches: readonly { ms: number }[]) => Math.max(...batches.map(({ ms }) => ms));

describe("PlanPace", () => {
  it("sends the first replay in small pieces, each waited for, and runs every call once", () => {
    const pace = new PlanPace(40, TARGET_MS);
    const batches = run(pace, new Array<number>(40).fill(0.1), 1);
    expect(batches.map(({ batch }) => batch.endCall - batch.firstCall)).toEqual([1, 2, 4, 8, 8, 8, 8, 1]);
    expect(batches.every(({ batch }) => batch.alone)).toBe(true);
    expect(pace.msPerReplay).toBeCloseTo(4);
  });

  it("expects of a batch its share of what was measured", () => {
    const pace = new PlanPace(4, TARGET_MS);
    const first = pace.next(0, 1);
    expect(pace.expectedMs(first)).toBe(Number.POSITIVE_INFINITY);
    run(pace, [1, 2, 3, 2], 1);
    expect(pace.expectedMs({ firstCall: 0, endCall: 4, replays: 3, alone: false })).toBeCloseTo(24);
    expect(pace.expectedMs({ firstCall: 0, endCall: 2, replays: 1, alone: false })).toBeLessThan(8);
  });

  it("sends one call at a time while calls are slow", () => {
    const batches = run(new PlanPace(6, TARGET_MS), new Array<number>(6).fill(10), 1);
    expect(batches).toHaveLength(6);
  });

  it("packs short replays to the target", () => {
    const pace = new PlanPace(3, TARGET_MS);
    const batches = run(pace, [0.125, 0.125, 0.125], 1000);
    expect(batches.at(-2)?.batch.replays).toBe(32);
    expect(longest(batches)).toBeLessThanOrEqual(TARGET_MS);
    expect(pace.msPerReplay).toBeCloseTo(0.375);
  });

  it("splits a long replay between calls, by what each call takes", () => {
    const pace = new PlanPace(24, TARGET_MS);
    const callMs = Array.from({ length: 24 }, (_, i) => (i % 6 === 0 ? 9 : 1));
    run(pace, callMs, 6);
    const later = run(pace, callMs, 10);
    expect(longest(later)).toBeLessThanOrEqual(20);
    expect(later.length / 10).toBeLessThanOrEqual(8);
    expect(pace.msPerReplay).toBeCloseTo(56);
  });

  it("sends a call that is longer than the target alone", () => {
    const pace = new PlanPace(3, TARGET_MS);
    const batches = run(pace, [1, 300, 1], 4).slice(3);
    const withLong = batches.filter(({ batch }) => batch.firstCall <= 1 && batch.endCall > 1);
    expect(Math.max(...withLong.map(({ ms }) => ms))).toBeLessThanOrEqual(302);
    expect(pace.msPerReplay).toBeCloseTo(302);
  });

  it("follows a GPU that becomes slower", () => {
    const pace = new PlanPace(2, TARGET_MS);
    run(pace, [0.05, 0.05], 2000);
    const slower = run(pace, [0.5, 0.5], 1000);
    expect(slower.at(-2)?.ms).toBeLessThanOrEqual(16);
  });

  it("grows the number of replays in a batch step by step, whatever it measures", () => {
    const pace = new PlanPace(1, TARGET_MS);
    const sizes = run(pace, [1e-6], 500).map(({ batch }) => batch.replays);
    expect(sizes.slice(0, 4)).toEqual([1, 4, 16, 64]);
  });
});
