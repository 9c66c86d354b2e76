import type { Cell, Clip, ConfigProblem, RunConfig } from "../config";
import type { DatasetFacts as DataFacts } from "../data/dataset";
import type { AdapterReport } from "../gpu/adapterReport";
import type { KernelReport } from "../plan/checkCases";
import type { DeviceFacts } from "../plan/executor";
import type { CallTiming, KernelChoice } from "../plan/forms";
import type { ProbeLayout } from "../probes";
import type { RaceLimit, RaceValidation } from "../race/record";
import type { TruncationComparison, TruncationRequest } from "../train/compareTruncation";
import type { RunSummary } from "../train/compile";
import type { FailureText as Failure } from "../train/failure";
import type { GradientReport } from "../train/gradientCheck";
import type { InsideAnswer, InsideAsk } from "../train/insideMessages";
import type { KernelUse } from "../train/kernelUse";
import type { ValidationResult as Validation } from "../train/trainer";
import type { CheckTarget, DeviceCheck, ExplosionReport, RaceState } from "./reports";

export type { ConceptId } from "../data/concepts";
export type { Estimator, TruncationComparison, TruncationRequest, TruncationRow } from "../train/compareTruncation";
export type {
  ConceptRanking,
  DigitAsk,
  DigitRead,
  InsideAnswer,
  InsideAsk,
  MomentRead,
  RankedUnit,
  ReadSource,
  SequenceRead,
  UnitRanking,
  UnitRead,
} from "../train/insideMessages";
export type { EstimateFigures, Spread } from "../train/truncationStatistics";
export type {
  AdapterReport,
  CallTiming,
  DataFacts,
  DeviceFacts,
  Failure,
  GradientReport,
  KernelChoice,
  KernelReport,
  KernelUse,
  RunSummary,
  Validation,
};

/** Which executor a person asked for; auto takes a real GPU, else the CPU. */
export type ExecutorChoice = "auto" | "webgpu" | "cpu";

/** idle: nothing built. loading: data, pipelines. ready: built, not trained. finished: all epochs done. failed: see the error. */
export type RunStatus = "idle" | "loading" | "ready" | "training" | "paused" | "finished" | "failed";

/**
 * Columns of one row of training metrics, one row a step: those of the device's ring. gradLargest is the largest magnitude in the
 * gradient, before clipping. The last three are half precision's, else 0: the loss scale of the step, the steps skipped so far, and the
 * fraction of gate gradients smaller than 2^-14, see MetricsRow.
 */
export const metricColumns = [
  "step",
  "loss",
  "accuracy",
  "gradNorm",
  "gradNormClipped",
  "clipped",
  "gradLargest",
  "lossScale",
  "skippedSteps",
  "underflow",
] as const;
export const METRIC_COLUMNS = metricColumns.length;

export interface StripDigit {
  /** 28 x 28 intensities 0 to 255, row-major. */
  readonly pixels: Uint8Array;
  readonly label: number;
  /** Ten class probabilities. */
  readonly probabilities: Float32Array;
}

/** Page to worker. A later `open` replaces the run before it. */
export interface Requests {
  /** The first message: where the data sets are served, an absolute address that ends in "/". Answered by `hello`. */
  start: { readonly dataUrl: string };
  /**
   * Builds a run: data, device, plans, initial weights. Then the worker sends `opened` (or `error`). With `saved`, the `requestId` of a
   * saved run that was found good, it goes on from there; it is kept for one opening, until it is given up or another file is looked at.
   */
  open: {
    readonly runId: number;
    readonly config: RunConfig;
    readonly executor: ExecutorChoice;
    /** auto without it. */
    readonly kernels?: KernelChoice;
    /** Times of kernel calls, of earlier `measured` events of this adapter. */
    readonly timings?: readonly CallTiming[];
    /** Threads of the CPU executor; as many as suit the machine without it. */
    readonly threads?: number;
    readonly ownText?: string;
    readonly saved?: number;
    /** Probes every so many steps, 0 for none; PROBE_EVERY without it. */
    readonly probeEvery?: number;
  };
  /** Gives up the run, open or still opening, and frees its memory. */
  close: { readonly runId: number };
  /** Trains until `pause`, the last epoch or an error. */
  train: { readonly runId: number };
  pause: { readonly runId: number };
  /** Trains exactly `count` steps, then pauses. */
  step: { readonly runId: number; readonly count: number };
  /** Back to the initial weights and the first batch. */
  reset: { readonly runId: number };
  /** Changes, from the next step on, what may change during a run. */
  tune: { readonly runId: number; readonly lr?: number; readonly clip?: Clip };
  /** Of a run that has diverged: back to one of its report's snapshots, with other settings if given. Answered by `rewound`. */
  rewind: { readonly runId: number; readonly step: number; readonly lr?: number; readonly clip?: Clip };
  /** Ends the search for where a run first went wrong. */
  stopSearch: { readonly runId: number };
  /** From the next step on, probes every so many steps; 0 for none. */
  probe: { readonly runId: number; readonly every: number };
  /** Parameters, memory and cost of a configuration, without allocating anything. Answered by `estimate`. */
  estimate: { readonly requestId: number; readonly config: RunConfig };
  /** Makes a file of the run as it is after the steps under way; it trains on meanwhile. Answered by `saved`, also if it was closed since. */
  save: { readonly runId: number };
  /** Looks whether a file is a saved run that can go on here, on this device and data; changes nothing of the open run. Answered by `inspected`. */
  inspect: { readonly requestId: number; readonly file: File; readonly executor: ExecutorChoice; readonly ownText?: string };
  cancelInspect: { readonly requestId: number };
  /** Text task: writes `length` characters after the prompt. Answered by `sample` events, the last with `done`. */
  sample: {
    readonly runId: number;
    readonly requestId: number;
    readonly prompt: string;
    readonly length: number;
    readonly temperature: number;
    readonly seed: number;
  };
  /** Digits task: class probabilities after each of the 28 rows of a drawing (784 intensities 0 to 255). Answered by `classified`. */
  classify: { readonly runId: number; readonly requestId: number; readonly pixels: Uint8Array };
  /** Looks inside the network, between two training steps. Answered by `inside` events, see InsideAsk. */
  inside: { readonly runId: number; readonly requestId: number; readonly ask: InsideAsk };
  /**
   * Compares truncated gradients with the full one, with the weights of this moment; the run may train on. Answered by `truncation`
   * events. A new one ends the one before.
   */
  compareTruncation: { readonly runId: number; readonly requestId: number; readonly request: TruncationRequest };
  cancelTruncation: { readonly runId: number; readonly requestId: number };
  /** Checks a device against double precision. Answered by `check` events, the last with an `end`. A new check ends the one before. */
  check: { readonly requestId: number; readonly target: CheckTarget };
  cancelCheck: { readonly requestId: number };
  /**
   * Trains the cells in turns with otherwise the same settings; a new race ends the one before. The open run is paused and kept, and waits
   * until the race is over. Answered by `race`, `raceSlice` and `raceValidation` events, the last a `race` with an `end`.
   */
  race: {
    readonly raceId: number;
    readonly config: RunConfig;
    readonly cells: readonly Cell[];
    readonly limit: RaceLimit;
    readonly executor: ExecutorChoice;
    readonly kernels?: KernelChoice;
    readonly timings?: readonly CallTiming[];
    readonly threads?: number;
    readonly ownText?: string;
  };
  /** After the slice under way; `continueRace` goes on. */
  pauseRace: { readonly raceId: number };
  continueRace: { readonly raceId: number };
  /** At once. */
  cancelRace: { readonly raceId: number };
  /** Parameters, memory and cost of each contestant, without allocating anything. Answered by `raceCost`. */
  raceCost: {
    readonly requestId: number;
    readonly config: RunConfig;
    readonly cells: readonly Cell[];
    readonly executor: ExecutorChoice;
  };
}

/** Worker to page. */
export interface Events {
  /** Answers `start`, before any run: the device that auto would take and why, and which data sets are there. */
  hello: {
    readonly auto: "webgpu" | "cpu";
    /** One sentence for the person; empty on a real GPU. */
    readonly notice: string;
    /** The WebGPU adapter, software or not; absent without one. */
    readonly adapter?: DeviceFacts;
    readonly data: { readonly digits: boolean; readonly shakespeare: boolean };
  };
  status: { readonly runId: number; readonly status: RunStatus; readonly step: number; readonly epoch: number };
  /** Something long is under way; fraction 0 to 1, absent if unknown. */
  progress: { readonly runId: number; readonly label: string; readonly fraction?: number };
  opened: {
    readonly runId: number;
    readonly summary: RunSummary;
    readonly data: DataFacts;
    readonly device: DeviceFacts;
    /** How to read the rows of `probes`. */
    readonly probes: ProbeLayout;
    /** What a training step consists of, and how the forms of its kernels were chosen. */
    readonly kernels: { readonly choice: "fixed" | "measured"; readonly uses: readonly KernelUse[] };
  };
  /** Before a run is opened: all that is known now of the kernels' times on this adapter, to be kept for later runs. */
  measured: { readonly runId: number; readonly adapter: string; readonly timings: readonly CallTiming[] };
  /** About ten times a second: rows of METRIC_COLUMNS numbers (transferred), and the speed of the last second. */
  metrics: {
    readonly runId: number;
    readonly rows: Float32Array;
    readonly stepsPerSecond: number;
    readonly tokensPerSecond: number;
    readonly msPerStep: number;
  };
  /** With the metrics: rows of probed steps (transferred), layout.width numbers each, in order of their steps; some may have been lost. */
  probes: { readonly runId: number; readonly rows: Float32Array };
  validation: { readonly runId: number; readonly result: Validation };
  /** A run has diverged, before the `error` that says so; and again as the search goes on. */
  explosion: { readonly runId: number; readonly report: ExplosionReport };
  /** Answers `rewind`, before the status: the run is as it was after this step. */
  rewound: { readonly runId: number; readonly step: number };
  /** Answers `save`, with the bytes (transferred) and a name for the file; without them it could not be made. */
  saved: { readonly runId: number } & (
    | { readonly name: string; readonly step: number; readonly bytes: Uint8Array<ArrayBuffer> }
    | { readonly failure: Failure }
  );
  /** Answers `inspect`: under way, then a run to be opened with `open`, or why not. Nothing comes after `cancelInspect`. */
  inspected: { readonly requestId: number } & (
    | { readonly label: string; readonly fraction?: number }
    | { readonly config: RunConfig; readonly step: number }
    | { readonly failure: Failure }
  );
  /** Digits task: some test digits and what the network makes of them; after opening and with each validation. */
  strip: { readonly runId: number; readonly step: number; readonly digits: readonly StripDigit[] };
  /** More sampled characters; text is the new part only, without the prompt. */
  sample: {
    readonly runId: number;
    readonly requestId: number;
    /** Of the weights when the sample was begun. */
    readonly step: number;
    readonly text: string;
    readonly done: boolean;
    /** What was changed of the prompt, such as characters that the vocabulary lacks; empty if nothing. */
    readonly notice: string;
  };
  /** probabilities [28, 10], row t after reading image rows 0..t. */
  classified: { readonly runId: number; readonly requestId: number; readonly probabilities: Float32Array };
  /** Answers `inside`: progress, then what was asked for, or that it ended without. */
  inside: { readonly runId: number; readonly requestId: number; readonly answer: InsideAnswer };
  /** Answers `compareTruncation`: under way, then what was measured so far, or why it ended. Nothing comes after `cancelTruncation`. */
  truncation: { readonly runId: number; readonly requestId: number } & (
    | { readonly label: string; readonly fraction?: number }
    | { readonly comparison: TruncationComparison; readonly done: boolean }
    | { readonly failure: Failure }
  );
  estimate:
    | { readonly requestId: number; readonly summary: RunSummary }
    | { readonly requestId: number; readonly problems: readonly ConfigProblem[] };
  check: { readonly requestId: number; readonly check: DeviceCheck };
  race: { readonly raceId: number; readonly state: RaceState };
  /** A slice of the contestant of this place: rows of METRIC_COLUMNS numbers (transferred), and the time that these steps took. */
  raceSlice: { readonly raceId: number; readonly contestant: number; readonly rows: Float32Array; readonly ms: number };
  raceValidation: { readonly raceId: number; readonly contestant: number; readonly result: RaceValidation };
  raceCost: { readonly requestId: number } & (
    | { readonly costs: readonly RunSummary[] }
    /** Why there can be no such race. */
    | { readonly failure: Failure }
  );
  /** runId 0: not about a run. */
  error: { readonly runId: number; readonly failure: Failure };
}

export type RequestMessage = { [K in keyof Requests]: { readonly kind: K } & Requests[K] }[keyof Requests];
export type EventMessage = { [K in keyof Events]: { readonly kind: K } & Events[K] }[keyof Events];
