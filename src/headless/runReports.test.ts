import { describe, expect, test } from "vitest";
import { headless, start } from "../testing/headlessRun";
import { runHeadless } from "./run";

describe("--compare-truncation", () => {
  const comparing = [...start, "--executor", "cpu", "--steps", "0", "--compare-truncation", "--batches", "2", "--draws", "3"];

  test("prints one object with the weights that training ended with, or a table", async () => {
    const { code, validations } = await headless([...comparing, "--json", "--windows", "7,2"]);
    expect(code).toBe(0);
    const { truncation } = validations.at(-1) as { truncation: { rows: object[] } };
    expect(truncation).toMatchObject({ step: 0, steps: 7, batchesDone: 2, request: { lengths: [7, 2], batches: 2, draws: 3 } });
    expect(truncation.rows).toMatchObject(
      ["fixed", "random", "compensated"].flatMap((estimator) =>
        [2, 7].map((length) => ({ estimator, length, samples: estimator === "fixed" ? 2 : 6 })),
      ),
    );
    expect(truncation.rows[1]).toMatchObject({ all: { normRatio: { mean: expect.closeTo(1, 5) }, bias: { relative: 0 } } });
    const table: string[] = [];
    const print = (line: string): number => table.push(line);
    const terminal = { print, tell: () => {}, gpu: () => expect.fail("not on a GPU"), onInterrupt: () => {} };
    expect(await runHeadless(comparing, terminal)).toBe(0);
    const rows = table.filter((line) => /^(fixed|random|compensated)/.test(line)).map((line) => line.split(/ {2,}/).slice(0, 2));
    // Of six samples with mean 2 none is expected to be uncut over the whole sequence; with mean 4 one is.
    const expected = ["fixed 1", "fixed 2", "fixed 4", "random 2", "random 4", "compensated * 2", "compensated 4"];
    expect(rows.map((row) => row.join(" "))).toEqual(expected);
  });

  test.each([
    [["--windows", "8"], /lengths must be whole numbers from 1 to the 7 time steps; one is 8/],
    [["--windows", "2,x"], /--windows takes a whole number of at least 1; it got "x"/],
    [["--draws", "1"], /draws must be a whole number from 2 to 100; it is 1/],
  ])("refuses %j before anything is trained", async (args, sentence) => {
    expect(await headless([...comparing, ...args])).toMatchObject({ code: 2, told: expect.stringMatching(sentence), validations: [] });
  });

  test("is named where its options stand alone", async () => {
    const refused = await headless([...start, "--executor", "cpu", "--draws", "3"]);
    expect(refused).toMatchObject({ code: 2, told: expect.stringMatching(/--draws needs --compare-truncation/) });
  });
});

describe("guided experiments in the terminal", () => {
  test("run to the end, and the exit code says whether their claim holds", async () => {
    const { code, steps: runs, validations: verdicts } = await headless(["--experiment", "explode", "--executor", "cpu", "--json"]);
    expect(code).toBe(0);
    expect(runs).toMatchObject([
      { experiment: "explode", run: 1, title: "Without clipping", step: 400 },
      { experiment: "explode", run: 2, title: "With the norm clipped", step: 400 },
    ]);
    expect(verdicts).toEqual([
      expect.objectContaining({ experiment: "explode", holds: true, text: expect.stringContaining("With clipping: a loss of") }),
    ]);
  });

  test.each<[string, string[], RegExp]>([
    ["an unknown one", ["--experiment", "explosion"], /There is no experiment "explosion"\. Experiments: vanish/],
    ["settings beside it", ["--experiment", "explode", "--set", "seed=2"], /leave out --set/],
    ["a configuration beside it", ["run.json", "--experiment", "explode"], /not both/],
  ])("%s is refused", async (_, args, sentence) => {
    const { code, told } = await headless([...args, "--executor", "cpu"]);
    expect(told).toMatch(sentence);
    expect(code).toBe(2);
  });
});
