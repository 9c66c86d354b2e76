import { type LoopEnd, type LoopHooks, runLoop } from "../train/loop";
import { metricsRow, rowCount } from "../train/metrics";
import type { Trainer, ValidationResult } from "../train/trainer";

export interface Trained {
  readonly end: LoopEnd;
  readonly losses: readonly number[];
  readonly steps: readonly number[];
  readonly validations: readonly ValidationResult[];
}

/** Trains to a step and collects everything that the loop hands over. */
export async function trainTo(trainer: Trainer, target: number, hooks: Partial<LoopHooks> = {}): Promise<Trained> {
  const losses: number[] = [];
  const steps: number[] = [];
  const validations: ValidationResult[] = [];
  const end = await runLoop(trainer, target, {
    onMetrics(rows) {
      for (let i = 0; i < rowCount(rows); i++) {
        losses.push(metricsRow(rows, i).loss);
        steps.push(metricsRow(rows, i).step);
      }
    },
    onValidation: (result) => validations.push(result),
    shouldPause: () => false,
    ...hooks,
  });
  return { end, losses, steps, validations };
}
