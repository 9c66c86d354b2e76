import { describe, expect, test } from "vitest";
import { METRICS_CAPACITY } from "../../model/training";
import { nextSlice, raceSchedule } from "./schedule";

const config = { validation: { every: 100, batches: 8 } };

describe("the schedule of a race", () => {
  test("slices last about 150 ms of the fastest contestant", () => {
    expect(raceSchedule(config, "webgpu", 10_000, [3, 9, 6])).toEqual({ slice: 50, every: 100 });
    expect(raceSchedule(config, "webgpu", Number.POSITIVE_INFINITY, [3, 9, 6])).toEqual({ slice: 50, every: 100 });
  });

  test("a short race has rounds enough, as long as the slices can be timed", () => {
    expect(raceSchedule(config, "webgpu", 200, [5, 9])).toEqual({ slice: 10, every: 20 });
    expect(raceSchedule(config, "webgpu", 200, [1, 2])).toEqual({ slice: 40, every: 80 });
    expect(raceSchedule(config, "webgpu", 200, [0.1, 2])).toEqual({ slice: 200, every: 200 });
    expect(raceSchedule(config, "cpu", 200, [1, 2])).toEqual({ slice: 10, every: 20 });
  });

  test("a slow step is a slice, and a fast one never fills the ring of metrics", () => {
    expect(raceSchedule(config, "webgpu", 200, [4000]).slice).toBe(1);
    expect(raceSchedule(config, "webgpu", 1e6, [0]).slice).toBe(METRICS_CAPACITY / 2);
  });

  test("slices until a stop are as equal as can be", () => {
    const slices: number[] = [];
    for (let step = 0; step < 100; ) {
      const slice = nextSlice(step, 100, 30);
      slices.push(slice);
      step += slice;
    }
    expect(slices).toEqual([25, 25, 25, 25]);
    expect(nextSlice(7, 10, 30)).toBe(3);
  });
});
