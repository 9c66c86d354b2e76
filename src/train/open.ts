import type { RunConfig } from "../config";
import { type Dataset, facts } from "../data/dataset";
import { checkTextFits } from "../data/text";
import type { Executor } from "../plan/executor";
import { compileRun } from "./compile";
import { Trainer } from "./trainer";

/**
 * Builds a run on an executor and draws its initial weights.
 * @throws DataError if the text is too short for the batch and sequence length; ExecutorError if the device fails or memory is short.
 */
export async function openTrainer(
  config: RunConfig,
  dataset: Dataset,
  executor: Executor,
  onProgress?: (fraction: number) => void,
): Promise<Trainer> {
  if (dataset.kind === "text" && config.task.kind === "text") checkTextFits(dataset, config.batchSize, config.task.sequenceLength);
  const run = compileRun(config, facts(dataset));
  await executor.load(run.program, (done, total) => onProgress?.(done / total));
  const trainer = new Trainer(run, executor, dataset);
  await trainer.initialise();
  return trainer;
}
