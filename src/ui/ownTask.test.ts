import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { inOwnTask, takeDrawnMs } from "./ownTask";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.runAllTimers();
  takeDrawnMs();
  vi.useRealTimers();
});

/** Runs the next task alone, and no one that it asks for. */
const nextTask = (): void => {
  vi.advanceTimersToNextTimer();
};

it("draws nothing at once, then one wish a task, in the order of the wishes", () => {
  const drawn: string[] = [];
  for (const name of ["a", "b", "c"]) inOwnTask(() => drawn.push(name));
  expect(drawn).toEqual([]);
  expect(vi.getTimerCount()).toBe(1);
  nextTask();
  expect(drawn).toEqual(["a"]);
  nextTask();
  expect(drawn).toEqual(["a", "b"]);
  // What comes meanwhile waits behind the rest.
  inOwnTask(() => drawn.push("d"));
  nextTask();
  nextTask();
  expect(drawn).toEqual(["a", "b", "c", "d"]);
  expect(vi.getTimerCount()).toBe(0);
});

it("draws only the newest of a picture's wishes: the one before was taken back", () => {
  const drawn: number[] = [];
  let takeBack = (): void => {};
  for (const value of [1, 2, 3]) {
    takeBack();
    takeBack = inOwnTask(() => drawn.push(value));
  }
  vi.runAllTimers();
  expect(drawn).toEqual([3]);
});

it("draws a wish once, however often it is made before its turn, and again when it is made after", () => {
  const draw = vi.fn();
  inOwnTask(draw);
  inOwnTask(draw);
  vi.runAllTimers();
  expect(draw).toHaveBeenCalledTimes(1);
  inOwnTask(draw);
  vi.runAllTimers();
  expect(draw).toHaveBeenCalledTimes(2);
});

it("forgets what was taken back, also from within another's task, and goes on with the others", () => {
  const drawn: string[] = [];
  let takeBackSecond = (): void => {};
  const takeBackFirst = inOwnTask(() => {
    drawn.push("first");
    takeBackSecond();
  });
  takeBackSecond = inOwnTask(() => drawn.push("second"));
  inOwnTask(() => drawn.push("third"));
  vi.runAllTimers();
  expect(drawn).toEqual(["first", "third"]);
  takeBackFirst();
  expect(vi.getTimerCount()).toBe(0);
});

it("draws the others though one throws, whose error is not swallowed", () => {
  const drawn: string[] = [];
  inOwnTask(() => {
    throw new Error("cannot be drawn");
  });
  inOwnTask(() => drawn.push("after"));
  expect(nextTask).toThrow("cannot be drawn");
  nextTask();
  expect(drawn).toEqual(["after"]);
});

it("measures what drawing took, since it was asked last", () => {
  const spend = (ms: number) => (): void => {
    vi.setSystemTime(Date.now() + ms);
    vi.spyOn(performance, "now").mockReturnValue(performance.now() + ms);
  };
  inOwnTask(spend(5));
  inOwnTask(spend(7));
  vi.runAllTimers();
  expect(takeDrawnMs()).toBeCloseTo(12, 6);
  expect(takeDrawnMs()).toBe(0);
  vi.restoreAllMocks();
});
