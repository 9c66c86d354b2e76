import { describe, expect, it } from "vitest";
import { configProblems } from "../config";
import { createCpuExecutor } from "../cpu/cpuExecutor";
import { loadDataset } from "../data/dataset";
import { observeStage } from "../headless/experiment";
import { presets } from "../presets";
import { memorySource } from "../testing/dataSource";
import { openTrainer } from "../train/open";
import { clipping, explode } from "./clipping";
import type { Evidence } from "./evidence";
import { type Experiment, isComplete, type Stage } from "./experiment";
import { half } from "./half";
import { experimentNamed, experiments } from "./list";
import { survive, vanish } from "./memory";

async function run(stage: Stage): Promise<Evidence> {
  const dataset = await loadDataset(stage.config.task, memorySource({}), undefined, stage.config.seed);
  const executor = await createCpuExecutor({ emulateHalf: true });
  try {
    const evidence = await observeStage(stage, await openTrainer(stage.config, dataset, executor));
    if (evidence === null) throw new Error("stopped");
    return evidence;
  } finally {
    executor.destroy();
  }
}

async function runAll({ stages }: Experiment): Promise<Evidence[]> {
  const runs: Evidence[] = [];
  for (const stage of stages) {
    const evidence = await run(stage);
    expect(isComplete(stage, evidence), stage.title).toBe(true);
    expect(stage.show(evidence), stage.title).not.toMatch(/NaN|not a number|^$/);
    runs.push(evidence);
  }
  return runs;
}

describe("guided experiments", () => {
  it.each(experiments)("$name has settings that can be run, and a preset to go back to", ({ stages, preset }) => {
    for (const { config, steps } of stages) {
      expect(configProblems(config)).toEqual([]);
      expect(steps).toBeGreaterThan(0);
    }
    expect(presets.map(({ name }) => name)).toContain(preset);
  });

  it("an unknown name is told with those there are", () => {
    expect(() => experimentNamed("vanishing")).toThrow(/no experiment "vanishing"\. Experiments: vanish, /);
  });
});

describe("what the experiments claim is so, and would be denied were it not", () => {
  it("a gradient vanishes in the RNN and in an LSTM that forgets, and survives in one that does not", async () => {
    const [plain, closed, open] = await runAll(survive);
    expect(survive.judge([plain!, closed!, open!])).toMatchObject({ holds: true });
    expect(survive.judge([open!, closed!, plain!])).toMatchObject({ holds: false });
    expect(survive.judge([plain!, closed!, closed!])).toMatchObject({ holds: false });
    // The first run is that of the other experiment.
    expect(vanish.stages.map(({ config }) => config)).toEqual([survive.stages[0]?.config]);
    expect(vanish.judge([plain!])).toMatchObject({ holds: true });
    expect(vanish.judge([open!])).toMatchObject({ holds: false });
  });

  it("a run diverges without clipping, and learns with it", async () => {
    const [without, clipped] = await runAll(explode);
    expect(explode.judge([without!, clipped!])).toMatchObject({ holds: true });
    expect(explode.judge([clipped!, without!])).toMatchObject({ holds: false });
    const { clip, ...rest } = without!.config;
    expect(clip.kind).toBe("none");
    expect(clipped!.config).toMatchObject(rest);
  });

  it("clipping by norm keeps the direction, clipping by value does not", async () => {
    const [byNorm, byValue] = await runAll(clipping);
    expect(clipping.judge([byNorm!, byValue!])).toMatchObject({ holds: true });
    expect(clipping.judge([byValue!, byNorm!])).toMatchObject({ holds: false });
  });

  it("half precision comes to about the same loss", async () => {
    const [single, mixed] = await runAll(half);
    expect(half.judge([single!, mixed!])).toMatchObject({ holds: true });
    expect(half.judge([single!, { ...mixed!, loss: single!.firstLoss }])).toMatchObject({ holds: false });
    expect(mixed!.lossScale).toBeGreaterThan(1);
  });
});
