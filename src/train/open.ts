import type { RunConfig } from "../config";
import { type Dataset, facts } from "../data/dataset";
import { checkTextFits } from "../data/text";
import type { RecurrentForm } from "../model/recurrentLayer";
import type { Executor } from "../plan/executor";
import { type ChooseForm, fixedForms } from "../plan/forms";
import { compileRun } from "./compile";
import { Trainer } from "./trainer";
import type { NamedArray, TrainerState } from "./trainerState";

export interface OpenOptions {
  /** Fraction of the kernels that are compiled. */
  readonly onProgress?: (fraction: number) => void;
  readonly signal?: AbortSignal;
  /** Forces one form of the recurrence, for tests that compare them. */
  readonly form?: RecurrentForm;
  /** In which form a GPU runs each kernel call; without it the fixed choice for the executor's device. */
  readonly chooseForm?: ChooseForm;
  /** Where the run begins: drawn weights (without it), given ones, or a saved run. */
  readonly start?: { readonly weights: readonly NamedArray[] } | { readonly state: TrainerState };
}

/**
 * Builds a run on an executor, at its start or where it was saved.
 * @throws DataError if the text is too short for the batch and sequence length, or if weights or state are not of this run; ExecutorError
 * if the device fails or memory is short; the signal's reason after an abort, with the executor in an undefined state.
 */
export async function openTrainer(
  config: RunConfig,
  dataset: Dataset,
  executor: Executor,
  { onProgress, form, chooseForm = fixedForms(executor.facts), signal, start }: OpenOptions = {},
): Promise<Trainer> {
  if (dataset.kind === "text" && config.task.kind === "text") checkTextFits(dataset, config.batchSize, config.task.sequenceLength);
  signal?.throwIfAborted();
  const run = compileRun(config, facts(dataset), form, chooseForm);
  await executor.load(run.program, (done, total) => onProgress?.(done / total));
  signal?.throwIfAborted();
  const trainer = new Trainer(run, executor, dataset);
  await trainer.initialise();
  if (start !== undefined) await ("state" in start ? trainer.restore(start.state) : trainer.setWeights(start.weights));
  return trainer;
}
