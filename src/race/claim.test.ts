import { describe, expect, test } from "vitest";
import { raceRecord } from "../testing/raceRecord";
import { claimMeasured } from "./claim";
import type { RaceRecord } from "./record";

const nobodyIsOut = (): boolean => false;
const rounds = (ms: number, count = 20): number[] => Array.from({ length: count }, (_, i) => ms * (1 + 0.01 * ((i % 5) - 2)));

function contestant(
  cell: "lstm" | "gru" | "gru_reset_before",
  msPerStep: readonly number[],
  accuracy?: number,
  stepsPerEpoch = 100,
): RaceRecord {
  const step = msPerStep.length * 10;
  const validations = accuracy === undefined ? [] : [{ step, loss: 1, accuracy, targets: 10_000, full: true }];
  return raceRecord(cell, { msPerStep, validations, stepsPerEpoch });
}

const measured = (gru: RaceRecord, lstm: RaceRecord, isOver = true) => claimMeasured([lstm, gru], nobodyIsOut, isOver);

describe("the claim as measured", () => {
  test("says how much less time the GRU took, and what that cost in accuracy", () => {
    const { measured: text, caveats } = measured(contestant("gru", rounds(7.9), 0.95), contestant("lstm", rounds(10), 0.965));
    expect(text).toBe(
      "Here the GRU took 21 % less time per step than the LSTM (between 21 % and 21 %, the 95 % interval of the median of 20 rounds), which is 27 % more steps per second. " +
        "After 200 steps the GRU was 1.5 points of accuracy behind the LSTM (95.00 % against 96.50 % of 10,000 validation targets).",
    );
    expect(caveats).toEqual(["One seed is one try: another seed can turn a small difference in accuracy round."]);
  });

  test("says so where the GRU is slower or better", () => {
    const { measured: text } = measured(contestant("gru", rounds(10.5), 0.97), contestant("lstm", rounds(10), 0.95));
    expect(text).toContain("the GRU took 5.0 % more time per step than the LSTM");
    expect(text).toContain("the GRU was 2.0 points of accuracy ahead of the LSTM");
  });

  test("does not make a difference of what lies within the spread", () => {
    const wild = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 8 : 12));
    const { measured: text } = measured(contestant("gru", wild, 0.951), contestant("lstm", rounds(10), 0.95));
    expect(text).toContain(
      "the times per step of the GRU and the LSTM cannot be told apart: they differ by less than 20 rounds can show (medians 10.0 and 10.0 ms)",
    );
    expect(text).toContain("Their accuracy after 200 steps is the same as far as these targets can tell");
    expect(text).toContain("a difference under 0.6 points may be chance");
  });

  test("compares round by round, so that a machine that slows down changes nothing", () => {
    const slowing = Array.from({ length: 20 }, (_, i) => 1 + i / 4);
    const { measured: text } = measured(
      contestant(
        "gru",
        slowing.map((ms) => ms * 7.5),
      ),
      contestant(
        "lstm",
        slowing.map((ms) => ms * 10),
      ),
    );
    expect(text).toContain("took 25 % less time per step than the LSTM (between 25 % and 25 %");
  });

  test("warns where nobody has seen all the data", () => {
    const { caveats } = measured(contestant("gru", rounds(8), 0.5, 1000), contestant("lstm", rounds(10), 0.5, 1000));
    expect(caveats[0]).toContain("200 steps are 0.20 of an epoch: both are still learning");
  });

  test("waits for rounds enough, and says of a race that is over that it was too short", () => {
    const [gru, lstm] = [contestant("gru", rounds(8, 5), 0.5), contestant("lstm", rounds(10, 5), 0.5)];
    expect(measured(gru, lstm, false).measured).toBe("Not yet: their times can be compared after 8 rounds in turn; there are 5.");
    expect(measured(gru, lstm).measured).toBe(
      "Too short a race: their times can be compared after 8 rounds in turn; there are 5. Let it run for more steps.",
    );
  });

  test("keeps accuracy for the end", () => {
    const [gru, lstm] = [contestant("gru", rounds(8)), contestant("lstm", rounds(10))];
    expect(measured(gru, lstm, false).measured).toMatch(/Accuracy is compared at the end\.$/);
    expect(measured(gru, lstm).measured).toMatch(/was ended before accuracy on the whole set was measured\.$/);
  });

  test("needs both, and both to the end", () => {
    const [gru, lstm] = [contestant("gru", rounds(8), 0.9), contestant("lstm", rounds(10), 0.9)];
    expect(claimMeasured([gru], nobodyIsOut, true).measured).toBe("The claim is about GRU and LSTM: let both race to measure it here.");
    expect(claimMeasured([gru, lstm], (record) => record === lstm, true).measured).toBe(
      "The LSTM did not finish, so the two cannot be compared.",
    );
    expect(claimMeasured([], nobodyIsOut, false).caveats).toEqual([]);
  });

  test("takes the other GRU if only that one races, and names it", () => {
    const before = contestant("gru_reset_before", rounds(8), 0.9);
    expect(measured(before, contestant("lstm", rounds(10), 0.9)).measured).toContain("Here the GRU (reset before) took 20 % less time");
  });
});
