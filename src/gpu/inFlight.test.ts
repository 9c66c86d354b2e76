import { describe, expect, it } from "vitest";
import { InFlight } from "./inFlight";

/** On a queue whose submits end, in order, when the test says so. */
function create() {
  const ends: (() => void)[] = [];
  const queue = { onSubmittedWorkDone: () => new Promise<undefined>((resolve) => ends.push(() => resolve(undefined))) };
  const inFlight = new InFlight(queue, { wait: (promise) => promise }, 2, 12);
  /** How many submits of an expected time fit. */
  const fill = (expectedMs: number): number => {
    let count = 0;
    while (!inFlight.isFull) {
      inFlight.add(expectedMs, () => {});
      count++;
    }
    return count;
  };
  return { inFlight, ends, fill };
}

describe("InFlight", () => {
  it("is full with two submits of the target's length, or of one that is not known", () => {
    expect(create().fill(12)).toBe(2);
    expect(create().fill(6)).toBe(2);
    expect(create().fill(Number.POSITIVE_INFINITY)).toBe(2);
  });

  it("takes more short ones, until they take the target together, and not without end", () => {
    expect(create().fill(3)).toBe(4);
    expect(create().fill(0.1)).toBe(8);
  });

  it("has room again once the oldest has ended", async () => {
    const { inFlight, ends, fill } = create();
    fill(3);
    let hasRoom = false;
    const room = inFlight.room().then(() => {
      hasRoom = true;
    });
    await Promise.resolve();
    expect(hasRoom).toBe(false);
    ends[0]?.();
    await room;
    expect(inFlight.isFull).toBe(false);
    for (const end of ends) end();
    await inFlight.empty();
  });
});
