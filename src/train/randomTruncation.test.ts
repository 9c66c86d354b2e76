import { afterEach, describe, expect, test } from "vitest";
import type { RunConfig } from "../config";
import { createCpuExecutor } from "../cpu/cpuExecutor";
import { makeCopy } from "../data/copy";
import { presetNamed } from "../presets";
import { drawTruncation, truncationScalars, truncationStreams } from "../shaders/draw_truncation";
import { trainTo } from "../testing/trainTo";
import { openTrainer } from "./open";
import type { Trainer } from "./trainer";

const task = { kind: "copy", symbols: 3, length: 2, delay: 8 } as const;
const STEPS = 12;
const config: RunConfig = {
  ...presetNamed("copy-memory").config,
  task,
  model: { cell: "gru", hiddenSize: 8, numLayers: 2, embeddingSize: 4, forgetBias: 0 },
  bptt: { kind: "random", mean: 3, compensate: true },
};

const opened: Trainer[] = [];
afterEach(() => {
  for (const trainer of opened.splice(0)) trainer.executor.destroy();
});

async function open(change: Partial<RunConfig> = {}): Promise<Trainer> {
  const all = { ...config, ...change };
  const trainer = await openTrainer(all, makeCopy(task, all.seed), await createCpuExecutor());
  opened.push(trainer);
  return trainer;
}

function drawn(step: number, seed = config.seed): Float32Array {
  const carry_scale = new Float32Array(STEPS);
  const scalars = { steps: STEPS, seed, stream: truncationStreams.training, ...truncationScalars(3, true), target_steps: 2, has_reach: 0 };
  drawTruncation.twin({ counters: Uint32Array.of(step), carry_scale, reach: new Float32Array(1) }, scalars);
  return carry_scale;
}

describe("training with random truncation", () => {
  test("draws its cuts from the seed and the number of the step, and from nothing else", async () => {
    const trainer = await open();
    for (const step of [1, 2, 7]) {
      await trainTo(trainer, step);
      expect(await trainer.executor.read(trainer.run.train.carryScale)).toEqual(drawn(step - 1));
    }
    await trainer.initialise();
    await trainTo(trainer, 1);
    expect(await trainer.executor.read(trainer.run.train.carryScale)).toEqual(drawn(0));
    const other = await open({ seed: 5 });
    await trainTo(other, 1);
    expect(await other.executor.read(other.run.train.carryScale)).toEqual(drawn(0, 5));
  });

  test("changes what is learnt, and is the same in each run", async () => {
    const [one, again, raw, full] = await Promise.all([
      open(),
      open(),
      open({ bptt: { kind: "random", mean: 3, compensate: false } }),
      open({ bptt: { kind: "full" } }),
    ]);
    const { losses } = await trainTo(one, 20);
    expect((await trainTo(again, 20)).losses).toEqual(losses);
    for (const other of [raw, full]) {
      const there = (await trainTo(other, 20)).losses;
      // The first step's loss is taken before anything is learnt.
      expect(there[0]).toBe(losses[0]);
      expect(there.slice(2)).not.toEqual(losses.slice(2));
    }
  });
});
