import type { ProbeFrame } from "../probes";
import { type MetricsRow, metricsRow, rowCount } from "../train/metrics";
import type { Trainer, ValidationResult } from "../train/trainer";
import { probeLine, probeReport } from "./probeReport";

export interface ReportOptions {
  readonly json: boolean;
  /** A JSON line for each step, too. */
  readonly everyStep: boolean;
}

/** What half precision adds to a report: of the last step, and of the whole run so far. */
type HalfMetrics = Pick<MetricsRow, "lossScale" | "skippedSteps" | "underflow">;

/** Prints a report after each validation: JSON lines, or lines for people. */
export class Reporter {
  readonly #trainer: Pick<Trainer, "config">;
  readonly #options: ReportOptions;
  readonly #print: (line: string) => void;
  #lossSum = 0;
  #rows = 0;
  #gradNorm = Number.NaN;
  /** Of half precision only. */
  #half: HalfMetrics | undefined;
  #since = performance.now();
  #trained = performance.now();
  /** For a second report at the same step. */
  #last: Pick<Report, "trainLoss" | "stepsPerSecond"> = { trainLoss: null, stepsPerSecond: null };
  #endsFull = false;

  constructor(trainer: Pick<Trainer, "config">, options: ReportOptions, print: (line: string) => void) {
    this.#trainer = trainer;
    this.#options = options;
    this.#print = print;
  }

  /** Whether the last report was of the whole validation set, with no step after it. */
  get endsFull(): boolean {
    return this.#endsFull;
  }

  metrics(rows: Float32Array): void {
    for (let i = 0; i < rowCount(rows); i++) {
      const { step, loss, accuracy, gradNorm, gradLargest, lossScale, skippedSteps, underflow } = metricsRow(rows, i);
      if (this.#trainer.config.precision === "f16") this.#half = { lossScale, skippedSteps, underflow };
      this.#lossSum += loss;
      this.#rows += 1;
      this.#gradNorm = gradNorm;
      if (this.#options.everyStep) this.#print(JSON.stringify({ step, loss, accuracy, gradNorm, gradLargest, ...this.#half }));
    }
    if (rows.length > 0) this.#endsFull = false;
    this.#trained = performance.now();
  }

  probes(frames: readonly ProbeFrame[]): void {
    for (const frame of frames) this.#print(this.#options.json ? JSON.stringify(probeReport(frame)) : probeLine(frame));
  }

  /**
   * trainLoss is the mean over the steps since the last report; stepsPerSecond leaves validation out. gradNorm is null where it is not
   * finite, as in a step that half precision skipped.
   */
  validation({ step, epoch, loss, accuracy, full }: ValidationResult): void {
    const seconds = (this.#trained - this.#since) / 1000;
    const report = {
      step,
      epoch: Number(epoch.toFixed(4)),
      trainLoss: this.#rows > 0 ? this.#lossSum / this.#rows : this.#last.trainLoss,
      valLoss: loss,
      ...(this.#trainer.config.task.kind === "text" ? { valPerplexity: Math.exp(loss) } : {}),
      valAccuracy: accuracy,
      gradNorm: Number.isFinite(this.#gradNorm) ? this.#gradNorm : null,
      ...this.#half,
      stepsPerSecond: this.#rows > 0 && seconds > 0 ? this.#rows / seconds : this.#last.stepsPerSecond,
      full,
    };
    if (this.#rows > 0) this.#last = { trainLoss: report.trainLoss, stepsPerSecond: report.stepsPerSecond };
    this.#print(this.#options.json ? JSON.stringify(report) : line(report));
    this.#endsFull = full;
    this.#lossSum = 0;
    this.#rows = 0;
    this.#since = performance.now();
  }
}

interface Report extends Partial<HalfMetrics> {
  readonly step: number;
  readonly epoch: number;
  readonly trainLoss: number | null;
  readonly valLoss: number;
  readonly valAccuracy: number;
  readonly gradNorm: number | null;
  readonly stepsPerSecond: number | null;
  readonly full: boolean;
}

const show = (value: number | null, digits: number): string => (value === null ? "-" : value.toFixed(digits));

function line(report: Report): string {
  return [
    `step ${String(report.step).padStart(6)}`,
    `epoch ${report.epoch.toFixed(2).padStart(6)}`,
    `train ${show(report.trainLoss, 4)}`,
    `validation ${report.valLoss.toFixed(4)}`,
    `accuracy ${(report.valAccuracy * 100).toFixed(2)} %`,
    `gradient norm ${show(report.gradNorm, 3)}`,
    ...(report.lossScale === undefined ? [] : [`loss scale ${report.lossScale}`, `skipped ${report.skippedSteps}`]),
    ...(report.underflow === undefined ? [] : [`underflow ${(report.underflow * 100).toFixed(1)} %`]),
    `${show(report.stepsPerSecond, 1)} steps/s`,
    report.full ? "(whole set)" : "",
  ]
    .join("  ")
    .trimEnd();
}
