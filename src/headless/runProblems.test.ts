import { execFileSync } from "node:child_process";
import { mkdirSync, rmdirSync } from "node:fs";
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readCheckpoint } from "../files/checkpoint";
import { writeSafetensors } from "../files/safetensors";
import { headless, lines, start } from "../testing/headlessRun";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "unroll-"));
});
afterEach(() => rm(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

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
