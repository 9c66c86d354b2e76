import type { RunConfig } from "../config";
import { type Dataset, facts } from "../data/dataset";
import { checkTextFits } from "../data/text";
import type { RecurrentForm } from "../model/recurrentLayer";
import type { Executor } from "../plan/executor";
import { compileRun } from "./compile";
import { Trainer } from "./trainer";

export interface OpenOptions {
  /** Fraction of the kernels that are compiled. */
  readonly onProgress?: (fraction: number) => void;
  readonly signal?: AbortSignal;
  /** Forces one form of the recurrence, for tests that compare them. */
  readonly form?: RecurrentForm;
}

/**
 * Builds a run on an executor and draws its initial weights.
 * @throws DataError if the text is too short for the batch and sequence length; ExecutorError if the device fails or memory is short;
 * the signal's reason after an abort, with the executor in an undefined state.
 */
export async function openTrainer(
  config: RunConfig,
  dataset: Dataset,
  executor: Executor,
  { onProgress, form, signal }: OpenOptions = {},
): Promise<Trainer> {
  if (dataset.kind === "text" && config.task.kind === "text") checkTextFits(dataset, config.batchSize, config.task.sequenceLength);
  signal?.throwIfAborted();
  const run = compileRun(config, facts(dataset), form);
  await executor.load(run.program, (done, total) => onProgress?.(done / total));
  signal?.throwIfAborted();
  const trainer = new Trainer(run, executor, dataset);
  await trainer.initialise();
  return trainer;
}
