import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { configProblems } from "../config";
import { createCpuExecutor } from "../cpu/cpuExecutor";
import { loadDataset } from "../data/dataset";
import { type Laboratory, runStage } from "../headless/experiment";
import { presets } from "../presets";
import { memorySource } from "../testing/dataSource";
import { clipping, explode } from "./clipping";
import type { Evidence } from "./evidence";
import { type Experiment, isComplete, type Stage } from "./experiment";
import { half } from "./half";
import { experimentNamed, experiments } from "./list";
import { survive, vanish } from "./memory";
import { gates } from "./race";
import { far } from "./truncation";

/** Real sentences where Shakespeare may be missing. */
const readme = readFileSync("README.md", "utf8").repeat(4);

const laboratory: Laboratory = {
  data: (config) => loadDataset(config.task, memorySource({}), readme, config.seed),
  openExecutor: () => createCpuExecutor({ emulateHalf: true }),
  signal: new AbortController().signal,
};

/** The same stage on the text above, if it reads one. */
function offline(stage: Stage): Stage {
  const { task } = stage.config;
  return task.kind === "text" ? { ...stage, config: { ...stage.config, task: { ...task, source: "own" } } } : stage;
}

async function runAll({ stages }: Experiment): Promise<Evidence[]> {
  const runs: Evidence[] = [];
  for (const stage of stages) {
    const evidence = await runStage(offline(stage), laboratory);
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

  it("the longer the window, the closer its gradient comes to the full one", async () => {
    const [trained, compared] = await runAll(far);
    expect(far.judge([trained!, compared!])).toMatchObject({ holds: true });
    expect(compared!.windows.at(-1)!.cosine).toBeCloseTo(1, 5);
    const backward = compared!.windows.map((each, i, all) => ({ ...each, cosine: all[all.length - 1 - i]!.cosine }));
    expect(far.judge([trained!, { ...compared!, windows: backward }])).toMatchObject({ holds: false });
    expect(far.judge([trained!, trained!])).toMatchObject({ holds: false });
  });

  it("a GRU has fewer parameters than an LSTM and learns the task; its time is told", async () => {
    const [race] = await runAll(gates);
    expect(gates.judge([race!])).toMatchObject({
      holds: true,
      text: expect.stringMatching(/^GRU: [\d,]+ parameters, [\d.]+ ms per step/),
    });
    const swapped = race!.racers.map((racer) => ({ ...racer, cell: racer.cell === "gru" ? ("lstm" as const) : ("gru" as const) }));
    expect(gates.judge([{ ...race!, racers: swapped }])).toMatchObject({ holds: false });
  });
});
