import type { Cell, RunConfig } from "../config";
import { presetNamed } from "../presets";
import { IGNORE } from "../shaders/cross_entropy";
import type { Sighting } from "../train/stepFindings";
import type { Trainer } from "../train/trainer";
import type { NamedArray } from "../train/trainerState";

/** A run of copy memory that is small enough to follow by hand: T = 7, B = 16, H = 12. */
export const smallCopy = (cell: Cell, change: Partial<RunConfig> = {}): RunConfig => ({
  ...presetNamed("copy-memory").config,
  task: { kind: "copy", symbols: 3, length: 2, delay: 3 },
  model: { cell, hiddenSize: 12, numLayers: 1, embeddingSize: 5, forgetBias: 0 },
  batchSize: 16,
  validation: { every: 1000, batches: 1 },
  optimizer: { kind: "sgd", lr: 0.1, momentum: 0, weightDecay: 0 },
  clip: { kind: "none" },
  ...change,
});

/** The run's parameters, all zero but for those that are set: by name, row and column. */
export function weightsWith(trainer: Trainer, set: Readonly<Record<string, (row: number, column: number) => number>>): NamedArray[] {
  return trainer.run.parameters.specs.map(({ name, shape }) => {
    const [rows = 1, columns = 1] = shape;
    const value = set[name] ?? (() => 0);
    return { name, shape, data: Float32Array.from({ length: rows * columns }, (_, i) => value(Math.floor(i / columns), i % columns)) };
  });
}

/** How a cell at rest hands dL/dh and dL/dc of a step to the one before, if its W of the candidate is `factor` times the identity. */
interface Carry {
  dHidden: number;
  dCell: number;
}

const carriers: Readonly<Record<Cell, (after: Carry, above: number, factor: number) => Carry>> = {
  rnn_tanh: ({ dHidden }, above, factor) => ({ dHidden: above + factor * dHidden, dCell: 0 }),
  // All gates are one half, n and h are 0: dn = dh / 2, of which r lets a half through.
  gru: ({ dHidden }, above, factor) => ({ dHidden: above + (0.5 + 0.25 * factor) * dHidden, dCell: 0 }),
  gru_reset_before: ({ dHidden }, above, factor) => ({ dHidden: above + (0.5 + 0.25 * factor) * dHidden, dCell: 0 }),
  // dc = o dh + f dc of the step after, dg = i dc.
  lstm: ({ dCell }, above, factor) => {
    const dHidden = above + factor * 0.5 * dCell;
    return { dHidden, dCell: 0.5 * dHidden + 0.5 * dCell };
  },
};

/** The gate through which a cell's candidate state comes, by its place among the gates. */
const candidate: Readonly<Record<Cell, number>> = { rnn_tanh: 0, lstm: 2, gru: 2, gru_reset_before: 2 };

/**
 * Weights with which every state is 0 and the gradient grows by about `factor` (half of it, or a quarter, behind gates) with each step
 * back in time: all zero, but W_hh of the candidate is `factor` times the identity, and only class 0 reads the states.
 */
export const growingBack = (trainer: Trainer, cell: Cell, factor: number): NamedArray[] => {
  const { hiddenSize } = trainer.run.config.model;
  return weightsWith(trainer, {
    "rnn.weight_hh_l0": (row, column) => (row === candidate[cell] * hiddenSize + column ? factor : 0),
    "fc.weight": (row) => (row === 0 ? 1 : 0),
  });
};

/**
 * Where dL/dh_t first leaves the range of numbers in a step with the weights of `growingBack`, worked out in f64 from the step's targets
 * alone: back through time, the first example at the latest such time step.
 * @param limit the largest magnitude of the numbers that states' gradients are stored in.
 */
export async function firstBeyond(
  trainer: Trainer,
  cell: Cell,
  factor: number,
  limit: number,
): Promise<Pick<Sighting, "name" | "timeStep" | "example">> {
  const { executor, run } = trainer;
  const targets = Uint32Array.from(await executor.read(run.train.targets));
  const { batch } = run.feed.train;
  const { steps } = run.probes;
  /** Where only the last step has a target, it alone is there. */
  const untargeted = steps - targets.length / batch;
  const classes = run.shape.outputs;
  const counted = targets.reduce((sum, target) => sum + (target === IGNORE ? 0 : 1), 0);
  const carries: Carry[] = Array.from({ length: batch }, () => ({ dHidden: 0, dCell: 0 }));
  for (let timeStep = steps - 1; timeStep >= 0; timeStep--) {
    for (let example = 0; example < batch; example++) {
      const target = targets[(timeStep - untargeted) * batch + example] ?? IGNORE;
      // Every class is as likely, so dL/dlogit of class 0 is 1/V, less 1 where that is right.
      const above = target === IGNORE ? 0 : (1 / classes - (target === 0 ? 1 : 0)) / counted;
      carries[example] = carriers[cell](carries[example] ?? { dHidden: 0, dCell: 0 }, above, factor);
    }
    // Where r acts before the product, dL/d(r h) is a number of its own, and comes before the next dL/dh.
    const term = cell === "gru_reset_before" ? 0.5 * factor : 0;
    for (const [name, scale] of [
      ["d hidden", 1],
      ["d hidden term", term],
    ] as const) {
      const example = carries.findIndex(({ dHidden }) => Math.abs(scale * dHidden) > limit);
      if (example >= 0) return { name, timeStep, example };
    }
  }
  throw new Error("the gradient stays within the range of numbers");
}
