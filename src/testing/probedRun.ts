import type { Cell, RunConfig } from "../config";
import { presetNamed } from "../presets";
import { type ProbeFrame, probeFrames } from "../probes";
import type { Trainer } from "../train/trainer";
import { trainTo } from "./trainTo";

/** A small run whose loss has a part at every step, and one whose states are carried over; the text's own text is `sentence`. */
export const copyRun: RunConfig = {
  ...presetNamed("copy-memory").config,
  task: { kind: "copy", symbols: 3, length: 2, delay: 3 },
  model: { ...presetNamed("copy-memory").config.model, cell: "lstm", hiddenSize: 12, numLayers: 2, embeddingSize: 5 },
  batchSize: 16,
  validation: { every: 1000, batches: 1 },
};
export const textRun: RunConfig = { ...copyRun, task: { kind: "text", source: "own", sequenceLength: 8, carryState: true }, batchSize: 4 };
export const sentence = "the quick brown fox jumps over the lazy dog. ".repeat(40);

/** The run with another cell, and between the cells all ways of clipping and of cutting the gradient. */
export const probedConfig = (base: RunConfig, cell: Cell): RunConfig => ({
  ...base,
  model: { ...base.model, cell },
  clip: cell === "gru" ? { kind: "value", max: 0.01 } : { kind: "norm", max: 1 },
  bptt: cell === "lstm" ? { kind: "fixed", k: 3 } : { kind: "full" },
});

interface Probed {
  readonly losses: readonly number[];
  readonly frames: readonly ProbeFrame[];
}

/** Trains to a step and collects losses and probes. */
export async function probed(trainer: Trainer, target: number): Promise<Probed> {
  const frames: ProbeFrame[] = [];
  const { losses } = await trainTo(trainer, target, { onProbes: (rows) => frames.push(...probeFrames(trainer.run.probes, rows)) });
  return { losses, frames };
}

export const stepsOf = (frames: readonly ProbeFrame[]): number[] => frames.map(({ step }) => step);
