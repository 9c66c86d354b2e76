import type { Cell, RunConfig } from "../config";
import { ProbeFrame, type ProbeLayout } from "../probes";

/** Of one training step; as the metrics of the page and of the terminal name them. */
export interface StepFigures {
  readonly step: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly gradNorm: number;
  /** 1 or true if the step was clipped. */
  readonly clipped: number | boolean;
  readonly lossScale: number;
  readonly skippedSteps: number;
  readonly underflow: number;
}

/** One estimator's likeness to the full gradient: of a fixed window of k steps. */
export interface WindowFigures {
  readonly k: number;
  /** Mean over batches. */
  readonly cosine: number;
  readonly normRatio: number;
}

/** One cell in a race. */
export interface Racer {
  readonly cell: Cell;
  readonly parameters: number;
  readonly steps: number;
  /** Median over slices. */
  readonly msPerStep: number;
  /** On the whole validation set, at the end; NaN before. */
  readonly loss: number;
  readonly accuracy: number;
}

/** What a run has shown so far. Numbers that were not measured yet are NaN. */
export interface Evidence {
  readonly config: RunConfig;
  readonly parameters: number;
  readonly step: number;
  /** Means over the first and the last steps, RECENT at most. */
  readonly firstLoss: number;
  readonly loss: number;
  readonly accuracy: number;
  /** The largest finite gradient norm of a step, before clipping. */
  readonly largestNorm: number;
  /** Of all steps so far. */
  readonly clippedFraction: number;
  /** The first step whose loss or gradient was not finite, where that ends a run; skipped steps of half precision are none. */
  readonly divergedAt: number | undefined;
  readonly lossScale: number;
  readonly skippedSteps: number;
  /** Mean over all steps. */
  readonly underflow: number;
  /** Cosine between the gradient and what clipping made of it: the smallest, and the mean over the probed steps. */
  readonly smallestCosine: number;
  readonly meanCosine: number;
  /** The first and the newest frame that hold a gradient horizon. */
  readonly firstHorizon: ProbeFrame | undefined;
  readonly horizon: ProbeFrame | undefined;
  /** Of a comparison of truncated gradients, by ascending k; empty of anything else. */
  readonly windows: readonly WindowFigures[];
  /** Of a race; empty of anything else. */
  readonly racers: readonly Racer[];
}

/** Steps that a mean of recent figures takes. */
export const RECENT = 20;

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Gathers the evidence of one run from its metrics and probes, as they come. */
export class Observer {
  readonly #config: RunConfig;
  readonly #parameters: number;
  readonly #first: number[] = [];
  readonly #recent: StepFigures[] = [];
  #steps = 0;
  #last: StepFigures | undefined;
  #largestNorm = Number.NaN;
  #clipped = 0;
  #underflow = 0;
  #divergedAt: number | undefined;
  readonly #cosines = { count: 0, sum: 0, smallest: Number.NaN };
  #firstHorizon: ProbeFrame | undefined;
  #horizon: ProbeFrame | undefined;

  constructor(config: RunConfig, parameters: number) {
    this.#config = config;
    this.#parameters = parameters;
  }

  step(figures: StepFigures): void {
    const { step, loss, gradNorm, lossScale, clipped, underflow } = figures;
    const finite = Number.isFinite(loss) && (Number.isFinite(gradNorm) || lossScale > 1);
    if (!finite) this.#divergedAt ??= step;
    if (this.#first.length < RECENT && Number.isFinite(loss)) this.#first.push(loss);
    this.#recent.push(figures);
    if (this.#recent.length > RECENT) this.#recent.shift();
    if (Number.isFinite(gradNorm) && !(this.#largestNorm > gradNorm)) this.#largestNorm = gradNorm;
    this.#clipped += Number(clipped);
    this.#underflow += underflow;
    this.#steps++;
    this.#last = figures;
  }

  /** Rows of the layout's width; they are kept, not copied. */
  probes(layout: ProbeLayout, rows: Float32Array): void {
    for (let start = 0; start + layout.width <= rows.length; start += layout.width) {
      const frame = new ProbeFrame(layout, rows.subarray(start, start + layout.width));
      const cosine = frame.header("clipCosine");
      if (Number.isFinite(cosine)) {
        const cosines = this.#cosines;
        cosines.count++;
        cosines.sum += cosine;
        if (!(cosines.smallest < cosine)) cosines.smallest = cosine;
      }
      if (frame.hasHorizon) {
        this.#firstHorizon ??= frame;
        this.#horizon = frame;
      }
    }
  }

  get evidence(): Evidence {
    const { count, sum, smallest } = this.#cosines;
    return {
      config: this.#config,
      parameters: this.#parameters,
      step: this.#last?.step ?? 0,
      firstLoss: mean(this.#first),
      loss: mean(this.#recent.map(({ loss }) => loss)),
      accuracy: mean(this.#recent.map(({ accuracy }) => accuracy)),
      largestNorm: this.#largestNorm,
      clippedFraction: this.#clipped / this.#steps,
      divergedAt: this.#divergedAt,
      lossScale: this.#last?.lossScale ?? Number.NaN,
      skippedSteps: this.#last?.skippedSteps ?? 0,
      underflow: this.#underflow / this.#steps,
      smallestCosine: smallest,
      meanCosine: sum / count,
      firstHorizon: this.#firstHorizon,
      horizon: this.#horizon,
      windows: [],
      racers: [],
    };
  }
}

/** What a comparison of truncated gradients says of fixed windows; of its other rows nothing is taken. */
interface ComparedRow {
  readonly estimator: string;
  readonly length: number;
  readonly all: { readonly cosine: { readonly mean: number }; readonly normRatio: { readonly mean: number } };
}

/** The evidence of a run with a comparison of truncated gradients. */
export function windowEvidence(evidence: Evidence, rows: readonly ComparedRow[]): Evidence {
  const windows = rows
    .filter(({ estimator }) => estimator === "fixed")
    .map(({ length, all }) => ({ k: length, cosine: all.cosine.mean, normRatio: all.normRatio.mean }))
    .sort((a, b) => a.k - b.k);
  return { ...evidence, windows };
}

/** The evidence of a race. */
export function raceEvidence(config: RunConfig, racers: readonly Racer[]): Evidence {
  const step = Math.min(...racers.map(({ steps }) => steps));
  return { ...new Observer(config, 0).evidence, step: racers.length === 0 ? 0 : step, racers };
}
