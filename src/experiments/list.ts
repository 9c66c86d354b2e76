import { clipping, explode } from "./clipping";
import type { Experiment } from "./experiment";
import { half } from "./half";
import { survive, vanish } from "./memory";
import { gates } from "./race";
import { far } from "./truncation";

/** Every guided experiment, in the order in which they build on each other. */
export const experiments: readonly Experiment[] = [vanish, survive, explode, clipping, far, gates, half];

/** The message names the experiments there are. */
export class UnknownExperimentError extends Error {
  override readonly name = "UnknownExperimentError";
  constructor(asked: string) {
    super(`There is no experiment "${asked}". Experiments: ${experiments.map(({ name }) => name).join(", ")}.`);
  }
}

/** @throws UnknownExperimentError */
export function experimentNamed(name: string): Experiment {
  const experiment = experiments.find((candidate) => candidate.name === name);
  if (experiment === undefined) throw new UnknownExperimentError(name);
  return experiment;
}
