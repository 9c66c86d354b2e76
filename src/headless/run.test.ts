import { execFileSync } from "node:child_process";
import { mkdirSync, rmdirSync } from "node:fs";
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readCheckpoint } from "../files/checkpoint";
import { readSafetensors, writeSafetensors } from "../files/safetensors";
import { runHeadless } from "./run";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "unroll-"));
});
afterEach(() => rm(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

/** A copy-memory run that takes moments: 100 steps to the epoch. */
const small = ["--preset", "copy-memory", "--set", "task.delay=3", "--set", "task.length=2", "--set", "model.hiddenSize=8"];
const start = [...small, "--set", "batchSize=128", "--set", "validation.every=30"];
const lines = ["--executor", "cpu", "--json", "--every-step"];

interface Ran {
  readonly code: number;
  /** Reports, as parsed JSON without the seconds that they took. */
  readonly steps: readonly unknown[];
  readonly probes: readonly unknown[];
  /** The lines that are not JSON. */
  readonly forPeople: readonly string[];
  readonly validations: readonly unknown[];
  readonly told: string;
}

type OnLine = (count: number, pressCtrlC: () => void) => void;

/** Runs the program; `onLine` is called after each line that it prints. */
async function headless(args: readonly string[], onLine: OnLine = () => {}): Promise<Ran> {
  const printed: string[] = [];
  const told: string[] = [];
  let interrupt = (): void => {};
  const code = await runHeadless(args, {
    print(line) {
      printed.push(line);
      onLine(printed.length, interrupt);
    },
    tell: (line) => told.push(line),
    gpu() {
      throw new Error("not on a GPU");
    },
    onInterrupt: (callback) => {
      interrupt = callback;
    },
  });
  const reports: Record<string, unknown>[] = printed.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
  const isStep = (report: object): boolean => "loss" in report;
  const isProbe = (report: object): boolean => "probe" in report;
  const validations = reports
    .filter((report) => !isStep(report) && !isProbe(report))
    .map(({ stepsPerSecond: _, trainLoss: __, ...rest }) => rest);
  return {
    code,
    forPeople: printed.filter((line) => !line.startsWith("{")),
    steps: reports.filter(isStep),
    probes: reports.filter(isProbe),
    validations,
    told: told.join("\n"),
  };
}

describe("headless runs", () => {
  test("print the same 200 losses again, and again when stopped, saved and resumed", async () => {
    const first = await headless([...start, ...lines, "--steps", "200"]);
    expect(first.code).toBe(0);
    expect(first.steps).toHaveLength(200);
    expect(first.steps[0]).toEqual({
      step: 1,
      loss: expect.any(Number),
      accuracy: expect.any(Number),
      gradNorm: expect.any(Number),
      gradLargest: expect.any(Number),
    });
    const second = await headless([...start, ...lines, "--steps", "200"]);
    expect(second.steps).toEqual(first.steps);
    expect(second.validations).toEqual(first.validations);
    const other = await headless([...start, ...lines, "--steps", "2", "--set", "seed=2"]);
    expect(other.steps).not.toEqual(first.steps.slice(0, 2));

    const begun = await headless([...start, ...lines, "--steps", "77", "--save", at("a")]);
    const ended = await headless([...lines, "--resume", at("a"), "--steps", "200", "--save", at("a")]);
    expect([...begun.steps, ...ended.steps]).toEqual(first.steps);
    expect(ended.validations.at(-1)).toEqual(first.validations.at(-1));
    expect(readCheckpoint(await readFile(at("a"))).step).toBe(200);
  });

  test("save at Ctrl-C, and go on from there", async () => {
    const straight = await headless([...start, ...lines, "--steps", "120"]);
    const begun = await headless([...start, ...lines, "--steps", "120", "--save", at("a")], (count, pressCtrlC) => {
      if (count === 20) pressCtrlC();
    });
    expect(begun.code).toBe(130);
    expect(begun.steps.length).toBeLessThan(120);
    expect(begun.told).toContain(`Saved step ${begun.steps.length} to ${at("a")}.`);
    const ended = await headless([...lines, "--resume", at("a"), "--steps", "120"]);
    expect(ended.code).toBe(0);
    expect([...begun.steps, ...ended.steps]).toEqual(straight.steps);
    expect(await readdir(folder)).toEqual(["a"]);
  });

  test("save every so many steps, which changes nothing", async () => {
    const straight = await headless([...start, ...lines, "--steps", "50"]);
    const saving = await headless([...start, ...lines, "--steps", "50", "--save", at("a"), "--save-every", "20"]);
    expect(saving.steps).toEqual(straight.steps);
    expect(saving.told.match(/Saved step \d+/g)).toEqual(["Saved step 20", "Saved step 40", "Saved step 50"]);
  });

  test("go on with another learning rate and more epochs", async () => {
    await headless([...start, ...lines, "--set", "epochs=1", "--save", at("a")]);
    const longer = await headless([...lines, "--resume", at("a"), "--set", "epochs=2", "--set", "optimizer.lr=0.001", "--save", at("b")]);
    expect(longer.steps).toHaveLength(100);
    expect(readCheckpoint(await readFile(at("b"))).config).toMatchObject({ epochs: 2, optimizer: { lr: 0.001 } });
  });

  test("go on with another kind of clipping", async () => {
    await headless([...start, ...lines, "--steps", "10", "--set", "clip.kind=none", "--save", at("a")]);
    const resume = [...lines, "--resume", at("a"), "--steps", "20", "--save", at("b")];
    const same = await headless(resume);
    const clipped = await headless([...resume, "--set", "clip.kind=value", "--set", "clip.max=0.001"]);
    expect(clipped.code).toBe(0);
    expect(clipped.steps).not.toEqual(same.steps);
    expect(readCheckpoint(await readFile(at("b"))).config.clip).toEqual({ kind: "value", max: 0.001 });
  });

  test("start from given weights", async () => {
    await headless([...start, ...lines, "--steps", "10", "--save", at("a")]);
    const parameters = [...readSafetensors(await readFile(at("a"))).tensors].filter(([name]) => /^(embed|rnn|fc)\./.test(name));
    await writeFile(at("w"), writeSafetensors(parameters));
    const fromWeights = await headless([...start, ...lines, "--steps", "3", "--weights", at("w")]);
    expect(await headless([...start, ...lines, "--steps", "3", "--weights", at("a")])).toEqual(fromWeights);
    const drawn = await headless([...start, ...lines, "--steps", "3"]);
    expect(fromWeights.steps).toHaveLength(3);
    expect(fromWeights.steps).not.toEqual(drawn.steps);
    await writeFile(at("short"), writeSafetensors(parameters.slice(1)));
    expect(await headless([...start, ...lines, "--weights", at("short")])).toMatchObject({
      code: 1,
      told: expect.stringMatching(/The weights lack embed\.weight\./),
    });
  });

  test("look into every n-th step, which changes nothing", async () => {
    const plain = await headless([...start, ...lines, "--steps", "20"]);
    const looking = await headless([...start, ...lines, "--steps", "20", "--probes", "4"]);
    expect(looking.steps).toEqual(plain.steps);
    expect(plain.probes).toEqual([]);
    expect(looking.probes).toMatchObject([1, 4, 8, 12, 16, 20].map((step) => ({ probe: { step, clipCosine: 1 } })));
    const numbers = expect.arrayContaining([expect.any(Number)]);
    const horizon = { halfLifeSteps: expect.any(Number), norms: numbers };
    expect(looking.probes[0]).toMatchObject({ probe: { layers: [{ dHidden: numbers, nonFinite: 0 }], horizon } });
    expect(looking.probes[1]).toMatchObject({ probe: { horizon: null } });
    const { forPeople } = await headless([...start, "--executor", "cpu", "--steps", "4", "--probes", "4"]);
    expect(forPeople[0]).toMatch(/^step +1 {2}probe {2}gradient (halves|doubles) every [\d.]+ steps {2}spectral radius [a-z] \d\.\d{3}/);
    expect(forPeople[1]).toMatch(/^step +4 {2}probe {2}spectral radius /);
  });
});

describe("what cannot be obeyed is told in a sentence", () => {
  const resume = (...args: string[]): string[] => ["--executor", "cpu", "--resume", at("a"), ...args];

  test.each<[string, () => string[], RegExp]>([
    [
      "another setting",
      () => resume("--set", "batchSize=4"),
      /may change optimizer\.lr, clip\.kind, clip\.max, epochs, but not batchSize\./,
    ],
    ["a preset beside the checkpoint", () => resume("--preset", "digits-rnn"), /takes its settings from the checkpoint/],
    ["weights beside the checkpoint", () => resume("--weights", "w"), /--resume or --weights, not both/],
    ["fewer steps than done", () => resume("--steps", "2"), /--steps 2 is behind the checkpoint, which is at step 3\./],
    ["a text that is not the run's", () => resume("--text", "t.txt"), /leave out --text/],
    ["a file without a name", () => [...start, "--save", ""], /--save takes a name; it got none\.\nSee npm run headless/],
    ["no number of steps", () => [...start, "--save", at("b"), "--save-every", "0x10"], /--save-every takes a whole number/],
    ["saving often, nowhere", () => [...start, "--save-every", "10"], /--save-every needs --save FILE/],
    ["every step, for people", () => [...start, "--every-step"], /--every-step needs --json/],
  ])("%s", async (_, args, sentence) => {
    await headless([...start, ...lines, "--steps", "3", "--save", at("a")]);
    const { code, told } = await headless(args());
    expect(told).toMatch(sentence);
    expect(told).not.toMatch(/\n\s+at /);
    expect(code).toBe(2);
  });

  test("a checkpoint cut short, one of other data, and one of a text that changed", async () => {
    await headless([...start, ...lines, "--steps", "3", "--save", at("a")]);
    await writeFile(at("cut"), (await readFile(at("a"))).subarray(0, 3000));
    expect(await headless(["--resume", at("cut"), "--executor", "cpu"])).toMatchObject({
      code: 1,
      told: expect.stringMatching(/cut cannot be used\. The /),
    });

    const chars = ["--preset", "chars-small", "--set", "model.hiddenSize=8", "--set", "task.sequenceLength=8", "--executor", "cpu"];
    await writeFile(at("t.txt"), "to be or not to be, that is the question. ".repeat(99));
    await headless([...chars, "--text", at("t.txt"), "--steps", "2", "--save", at("text")]);
    expect(await headless(["--resume", at("text")])).toMatchObject({ code: 2, told: expect.stringMatching(/add --text with that file/) });
    const goesOn = await headless(["--resume", at("text"), "--text", at("t.txt"), "--steps", "3", ...lines]);
    expect(goesOn).toMatchObject({ code: 0, steps: [{ step: 3 }] });
    await writeFile(at("t.txt"), "to be or not to be, that is the question? ".repeat(99));
    const other = await headless(["--resume", at("text"), "--text", at("t.txt"), "--executor", "cpu"]);
    expect(other).toMatchObject({
      code: 1,
      told: expect.stringMatching(/its content differs\. Give the data that the run was started with\./),
    });
  });

  test("a folder that is missing or cannot be written to, before any step is trained", async () => {
    const missing = await headless([...start, ...lines, "--save", join(folder, "none", "a")]);
    expect(missing).toMatchObject({
      code: 1,
      steps: [],
      told: expect.stringMatching(/could not be written: the folder .*none does not exist\./),
    });
    const taken = await headless([...start, ...lines, "--save", folder]);
    expect(taken).toMatchObject({
      code: 1,
      steps: [],
      told: expect.stringMatching(/could not be written: there is a folder of that name\./),
    });
  });

  test("a checkpoint that is not there, and one that holds weights only, with what to do", async () => {
    expect(await headless(["--resume", at("none")])).toMatchObject({
      code: 1,
      told: expect.stringMatching(/The checkpoint .*none cannot be read: there is no such file\. See npm run headless -- --help\./),
    });
    await writeFile(at("w"), writeSafetensors([]));
    expect(await headless(["--resume", at("w")])).toMatchObject({
      code: 1,
      told: expect.stringMatching(/w cannot be used\. .*with --weights\.$/),
    });
  });

  test("a name that is too long, and what is not a file, before any step is trained", async () => {
    const long = await headless([...start, ...lines, "--save", at("x".repeat(300))]);
    expect(long).toMatchObject({ code: 1, steps: [], told: expect.stringMatching(/could not be written: the name is too long\./) });
    execFileSync("mkfifo", [at("pipe")]);
    for (const name of ["/dev/null", at("pipe")]) {
      const refused = await headless([...start, ...lines, "--steps", "2", "--save", name]);
      expect(refused).toMatchObject({ code: 1, steps: [], told: expect.stringMatching(/that is a device or a pipe, not a file\./) });
    }
    expect((await lstat(at("pipe"))).isFIFO()).toBe(true);
    expect((await lstat("/dev/null")).isCharacterDevice()).toBe(true);
    expect(await readdir(folder)).toEqual(["pipe"]);
  });

  test("a link is followed to its file, which may be there or not", async () => {
    await mkdir(at("far"));
    await writeFile(at("far/old"), "old");
    await symlink("far/old", at("a"));
    await symlink("far/new", at("b"));
    for (const name of ["a", "b"]) {
      expect(await headless([...start, ...lines, "--steps", "2", "--save", at(name)])).toMatchObject({ code: 0 });
      expect((await lstat(at(name))).isSymbolicLink()).toBe(true);
    }
    expect(await readdir(at("far"))).toEqual(["new", "old"]);
    expect(readCheckpoint(await readFile(at("far/old"))).step).toBe(2);
    expect(readCheckpoint(await readFile(at("far/new"))).step).toBe(2);
  });

  test("a save that fails on the way: training goes on, later saves are tried, and the exit code tells", async () => {
    await mkdir(at("gone"));
    const saving = [...start, ...lines, "--steps", "50", "--save", join(folder, "gone", "a"), "--save-every", "20"];
    let count = 0;
    const ran = await headless(saving, () => {
      count += 1;
      if (count === 1) rmdirSync(at("gone"));
      if (count === 21) mkdirSync(at("gone"));
    });
    expect(ran.told).toMatch(/Step 20 is not saved\. .*the folder .*gone does not exist\.\nSaved step 40 to .*\nSaved step 50 to /);
    expect(ran.code).toBe(1);
    expect(ran.steps).toHaveLength(50);
    expect(ran.validations.at(-1)).toMatchObject({ step: 50, full: true });
  });

  test("a folder that disappears on the way", async () => {
    await mkdir(at("gone"));
    const removed = await headless([...start, ...lines, "--steps", "30", "--save", join(folder, "gone", "a")], (count) => {
      if (count === 1) rmdirSync(at("gone"));
    });
    expect(removed).toMatchObject({ code: 1, told: expect.stringMatching(/Training on .*\n.*the folder .*gone does not exist/) });
    expect(removed.steps).toHaveLength(30);
    expect(removed.validations.at(-1)).toMatchObject({ step: 30, full: true });
  });
});

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
