import { hasDiverged, metricsRow, rowCount } from "./metrics";
import type { Recorder } from "./recorder";
import type { Trainer, ValidationResult } from "./trainer";

export interface LoopHooks {
  /** Rows of METRICS_PER_STEP numbers, in order of their steps, none missing. */
  onMetrics(rows: Float32Array<ArrayBuffer>): void;
  onValidation(result: ValidationResult): void;
  /** Rows of probed steps (src/probes.ts), in order of their steps; where there were very many, the newest. */
  onProbes?(rows: Float32Array<ArrayBuffer>): void;
  onProgress?(label: string, fraction: number): void;
  /** Asked between turns: true ends the loop after the steps enqueued so far. */
  shouldPause(): boolean;
  /** Is told of every row too, and takes its snapshots between steps. */
  readonly recorder?: Recorder;
}

/** paused: by request. reached: all steps asked for. diverged: a loss or gradient was no longer finite at `step`. */
export type LoopEnd = { readonly kind: "paused" } | { readonly kind: "reached" } | { readonly kind: "diverged"; readonly step: number };

const POLL_MS = 100;

/**
 * Trains until step `target`: polls the metrics about ten times a second, validates on the first batches as configured and on the
 * whole set at the end of each epoch. Every row has been handed over when it returns.
 */
export async function runLoop(trainer: Trainer, target: number, hooks: LoopHooks, signal?: AbortSignal): Promise<LoopEnd> {
  const { recorder } = hooks;
  let divergedAt: number | null = null;
  // A quick validation due where an earlier loop ended was that loop's; only the end of an epoch's is made up for.
  let validatedAt = trainer.step;
  const receive = (rows: Float32Array<ArrayBuffer>): void => {
    if (rows.length === 0) return;
    divergedAt ??= firstDiverged(rows);
    // First: whoever is told next may give the rows away.
    recorder?.receive(rows);
    hooks.onMetrics(rows);
  };
  const receiveProbes = (rows: Float32Array<ArrayBuffer>): void => {
    if (rows.length > 0) hooks.onProbes?.(rows);
  };
  let polledAt = performance.now();
  // On a clock of its own: where validations are frequent, each of them brings the metrics, and the poll for these is never due.
  let probesPolledAt = polledAt;
  while (divergedAt === null && !hooks.shouldPause()) {
    const { every } = trainer.config.validation;
    const atEndOfEpoch = trainer.owesValidation;
    if (atEndOfEpoch || (trainer.step > 0 && trainer.step % every === 0 && validatedAt !== trainer.step)) {
      receive(await trainer.flush());
      if (divergedAt !== null) break;
      validatedAt = trainer.step;
      const result = await validate(trainer, atEndOfEpoch, hooks, signal);
      if (result !== null) hooks.onValidation(result);
      polledAt = performance.now();
      continue;
    }
    if (trainer.step >= target) break;
    if (recorder?.isDue() === true) {
      // The rows first: what comes after a step that diverged is no state to go back to.
      receive(await trainer.flush());
      if (divergedAt !== null) break;
      await recorder.take();
      polledAt = performance.now();
    }
    await trainer.advance(Math.min(target - trainer.step, every - (trainer.step % every)), signal);
    if (trainer.mustFlush) receive(await trainer.flush());
    else if (performance.now() - polledAt >= POLL_MS && trainer.poll(receive)) polledAt = performance.now();
    if (performance.now() - probesPolledAt >= POLL_MS && trainer.probes.poll(receiveProbes)) probesPolledAt = performance.now();
  }
  receiveProbes(await trainer.probes.flush());
  receive(await trainer.flush());
  if (divergedAt !== null) return { kind: "diverged", step: divergedAt };
  return { kind: trainer.step >= target && !trainer.owesValidation ? "reached" : "paused" };
}

function validate(trainer: Trainer, full: boolean, hooks: LoopHooks, signal: AbortSignal | undefined): Promise<ValidationResult | null> {
  const label = full ? "Validating on the whole set" : "Validating";
  return trainer.validate(full, {
    signal,
    onProgress: (fraction) => hooks.onProgress?.(label, fraction),
    shouldStop: () => hooks.shouldPause(),
  });
}

/** The step of the first row that is not finite where it should be, null if there is none. */
export function firstDiverged(rows: Float32Array): number | null {
  for (let i = 0; i < rowCount(rows); i++) {
    const row = metricsRow(rows, i);
    if (hasDiverged(row)) return row.step;
  }
  return null;
}
