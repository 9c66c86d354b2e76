import type { Cell, RunConfig } from "../../config";
import type { Dataset } from "../../data/dataset";
import type { Executor } from "../../plan/executor";
import type { ChooseForm } from "../../plan/forms";
import type { ContestantFacts, RaceValidation } from "../../race/record";
import { summarise } from "../compile";
import { openTrainer } from "../open";
import type { Trainer } from "../trainer";

/** Steps that are trained before the race and thrown away: for about so long, and at least and at most so many. */
const WARM_UP_MS = 500;
const WARM_UP_STEPS = { min: 2, max: 200 } as const;

interface OpenContestant {
  readonly chooseForm: ChooseForm;
  readonly signal: AbortSignal;
  readonly onProgress: (label: string, fraction?: number) => void;
  readonly warmUpMs?: number;
}

/** The configuration of one contestant: all of it but the cell is the same for all. */
export const contestantConfig = (config: RunConfig, cell: Cell): RunConfig => ({ ...config, model: { ...config.model, cell } });

/**
 * One network of a race, with an executor of its own. Its work is timed by the wall clock, from a queue that has been drained to one
 * that is drained again: on a GPU this is the time until the GPU has done all of it.
 */
export class Contestant {
  readonly trainer: Trainer;
  readonly facts: ContestantFacts;
  /** What warming up took per step. */
  readonly warmMsPerStep: number;

  private constructor(trainer: Trainer, facts: ContestantFacts, warmMsPerStep: number) {
    this.trainer = trainer;
    this.facts = facts;
    this.warmMsPerStep = warmMsPerStep;
  }

  /**
   * Builds and warms up a contestant, which then stands at step 0 with the weights of its seed. The executor belongs to it once this resolves.
   * @param startedAt when its preparation began, as of performance.now().
   * @throws what openTrainer throws.
   */
  static async open(
    config: RunConfig,
    dataset: Dataset,
    executor: Executor,
    startedAt: number,
    { chooseForm, signal, onProgress, warmUpMs = WARM_UP_MS }: OpenContestant,
  ): Promise<Contestant> {
    const trainer = await openTrainer(config, dataset, executor, {
      chooseForm,
      signal,
      onProgress: (fraction) => onProgress("compiling kernels", fraction),
    });
    onProgress("warming up");
    const warmMsPerStep = await warmUp(trainer, warmUpMs, signal);
    await trainer.initialise();
    await executor.drain();
    const { parameters, bytes, flopsPerStep, stepsPerEpoch } = summarise(trainer.run);
    const facts = { parameters, bytes, flopsPerStep, stepsPerEpoch, prepareMs: performance.now() - startedAt };
    return new Contestant(trainer, facts, warmMsPerStep);
  }

  /** Trains so many steps. @returns their metrics rows and the time of the steps alone. */
  async slice(steps: number, signal: AbortSignal): Promise<{ readonly rows: Float32Array<ArrayBuffer>; readonly ms: number }> {
    const ms = await timed(this.trainer, steps, signal);
    return { rows: await this.trainer.flush(), ms };
  }

  /** Validates on the first batches, or on the whole set. Takes no training time. */
  async validate(full: boolean, signal: AbortSignal, onProgress: (fraction: number) => void): Promise<RaceValidation> {
    const { trainer } = this;
    const result = await trainer.validate(full, { signal, onProgress });
    if (result === null) throw new Error("a validation that nobody stops was stopped");
    const [, , targets = 0] = await trainer.executor.read(trainer.run.validate.sums);
    return { step: result.step, loss: result.loss, accuracy: result.accuracy, targets, full: full || this.quickIsFull };
  }

  /** The batches of a quick validation are the whole set. */
  get quickIsFull(): boolean {
    const { run, config } = this.trainer;
    return config.validation.batches >= run.feed.validation.batches;
  }
}

async function timed(trainer: Trainer, steps: number, signal: AbortSignal): Promise<number> {
  await trainer.executor.drain();
  const start = performance.now();
  for (let left = steps; left > 0; ) left -= await trainer.advance(left, signal);
  await trainer.executor.drain();
  return performance.now() - start;
}

/** Brings pipelines, pacing and compiled code to their steady speed. @returns the time per step of the last steps. */
async function warmUp(trainer: Trainer, forMs: number, signal: AbortSignal): Promise<number> {
  const { min, max } = WARM_UP_STEPS;
  let msPerStep = 0;
  let spent = 0;
  for (let done = 0; done < min || (spent < forMs && done < max); ) {
    const steps = Math.max(1, Math.min(done, max - done));
    const ms = await timed(trainer, steps, signal);
    msPerStep = ms / steps;
    done += steps;
    spent += ms;
  }
  return msPerStep;
}
