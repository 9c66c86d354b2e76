import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readCheckpoint } from "../files/checkpoint";
import { readSafetensors, writeSafetensors } from "../files/safetensors";
import { headless, lines, start } from "../testing/headlessRun";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "unroll-"));
});
afterEach(() => rm(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

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
