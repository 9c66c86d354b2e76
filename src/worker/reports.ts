import type { Cell, Clip } from "../config";
import type { DatasetFacts } from "../data/dataset";
import type { AdapterReport } from "../gpu/adapterReport";
import type { KernelReport } from "../plan/checkCases";
import type { DeviceFacts } from "../plan/executor";
import type { ContestantFacts } from "../race/record";
import type { FailureText as Failure } from "../train/failure";
import type { GradientReport } from "../train/gradientCheck";

/** What can be checked: the WebGPU device, or the CPU executor. */
export type CheckTarget = "webgpu" | "cpu";

/** A check of a device, as far as it has come. */
export interface DeviceCheck {
  readonly target: CheckTarget;
  /** Known once it is open. */
  readonly device?: DeviceFacts;
  /** WebGPU only. */
  readonly adapter?: AdapterReport;
  readonly kernels: readonly KernelReport[];
  /** 0 until the device is open. */
  readonly kernelTotal: number;
  readonly gradients: readonly GradientReport[];
  readonly gradientTotal: number;
  /** What is being checked, to be told after "Checking". */
  readonly current?: string;
  /** done: everything was checked. failed: it could not go on, see `failure`. Absent while it goes on. */
  readonly end?: "done" | "cancelled" | "failed";
  readonly failure?: Failure;
  /** Time taken so far. */
  readonly ms: number;
}

/** waiting: for its turn to be built. racing: built. out: it cannot go on, see `failure`. */
export interface ContestantState {
  readonly cell: Cell;
  readonly status: "waiting" | "preparing" | "racing" | "out";
  /** Known once it is built. */
  readonly facts?: ContestantFacts;
  readonly failure?: Failure;
}

/** A race as far as it has come, but for its curves. */
export interface RaceState {
  /** pausing: the slice under way is ending. */
  readonly phase: "preparing" | "racing" | "pausing" | "paused" | "ended";
  /** What is under way beside training, as a short sentence without its full stop; empty if nothing. */
  readonly label: string;
  /** Of what is under way, 0 to 1; absent if unknown. */
  readonly fraction?: number;
  /** Known once the first contestant is built. */
  readonly device?: DeviceFacts;
  readonly data?: DatasetFacts;
  readonly contestants: readonly ContestantState[];
  /** done: everyone still in the race came to its end. failed: it could not go on. Absent before it has ended. */
  readonly end?: "done" | "cancelled" | "failed";
  readonly failure?: Failure;
}

/** A run that has diverged: where it first went wrong, what its last steps were, and where it can go back to. */
export interface ExplosionReport {
  /** The first step whose loss or gradient was not finite. */
  readonly step: number;
  /** At most 50 steps, the last of them `step`: rows of METRIC_COLUMNS numbers. */
  readonly rows: Float32Array;
  /** The steps from which the loss and the gradient's norm rose; null without a warning. */
  readonly lossRisesFrom: number | null;
  readonly normRisesFrom: number | null;
  /** The middle norm of the steps before; null if none is known. */
  readonly healthyNorm: number | null;
  /** Oldest first. */
  readonly snapshots: readonly RewindPoint[];
  /** The latest snapshot from before the loss, the norm or the weights had grown; absent where there is none. */
  readonly suggested?: number;
  /** Memory of the snapshots. */
  readonly bytes: number;
  readonly search: ExplosionSearch;
}

/** A step to go back to. */
export interface RewindPoint {
  readonly step: number;
  /** With which the run went on from there. */
  readonly lr: number;
  readonly clip: Clip;
  /** The largest magnitude among its weights; absent for weights that are drawn again. */
  readonly largestWeight?: number;
}

/** The search for the first number that was not finite. */
export type ExplosionSearch =
  | { readonly kind: "searching"; readonly done: number; readonly of: number }
  | { readonly kind: "found"; readonly sentences: readonly string[]; readonly tensors: readonly TensorReport[] }
  /** It was given up, or there was no snapshot to begin with, or it failed. */
  | { readonly kind: "ended"; readonly sentence: string };

/** A tensor of the step that diverged, in the order in which the step makes them. */
export interface TensorReport {
  readonly label: string;
  /** The largest finite magnitude. */
  readonly largest: number;
  /** How many numbers are not finite. */
  readonly nonFinite: number;
}
