import { create } from "zustand";
import type { RunConfig } from "../config";
import type { Evidence } from "../experiments/evidence";
import type { Experiment } from "../experiments/experiment";
import { type Preset, presetNamed } from "../presets";
import { PROBE_EVERY } from "../probes";
import type {
  DataFacts,
  Events,
  ExecutorChoice,
  Failure,
  KernelChoice,
  RunStatus,
  RunSummary,
  StripDigit,
  Validation,
} from "../worker/protocol";
import type { DeviceCheck, ExplosionReport } from "../worker/reports";
import type { Verdict } from "./deviceVerdict";
import type { Draft } from "./draft";
import type { OwnText } from "./ownText";
import type { ProbeHistory } from "./probeHistory";
import { RunHistory } from "./series";
import { DEFAULT_VIEW, type ViewId } from "./viewIds";

export const DEFAULT_PRESET = "digits-rnn";

/** What a run was opened with. */
export interface OpenedWith {
  readonly config: RunConfig;
  readonly executor: ExecutorChoice;
  readonly kernels: KernelChoice;
  readonly ownText: OwnText | undefined;
}

export interface Speed {
  readonly stepsPerSecond: number;
  readonly tokensPerSecond: number;
  readonly msPerStep: number;
}

/** What to do with a run once it is open: train all epochs, or so many steps. */
export type AfterOpen = "train" | number;

/** The run that is open, as its events tell. */
export interface RunView {
  /** Grows with each open; events of other runs are dropped. */
  readonly id: number;
  readonly with: OpenedWith | undefined;
  readonly status: RunStatus;
  readonly step: number;
  readonly epoch: number;
  readonly facts:
    | {
        readonly summary: RunSummary;
        readonly data: DataFacts;
        readonly device: Events["opened"]["device"];
        readonly kernels: Events["opened"]["kernels"];
        readonly probes: Events["opened"]["probes"];
      }
    | undefined;
  readonly progress: { readonly label: string; readonly fraction: number | undefined } | undefined;
  /** The file that the run was opened from, and its step there. */
  readonly from: { readonly name: string; readonly step: number } | undefined;
  /** What was asked for while the run was still being opened. */
  readonly afterOpen: AfterOpen | undefined;
  /** Reset was asked for; metrics that were on their way are dropped until it is done. */
  readonly resetting: boolean;
  /** Pause was asked for; the step under way is ending. */
  readonly pausing: boolean;
  readonly speed: Speed | undefined;
  readonly validation: Validation | undefined;
  readonly strip: { readonly step: number; readonly digits: readonly StripDigit[] } | undefined;
  /** Mutable on purpose: read it when `historyVersion` changes. */
  readonly history: RunHistory;
  /** Probed steps, likewise; undefined until it is known what a row of them holds. */
  readonly probes: ProbeHistory | undefined;
  readonly historyVersion: number;
}

export interface Sample {
  readonly requestId: number;
  readonly prompt: string;
  readonly text: string;
  readonly step: number;
  readonly notice: string;
  readonly done: boolean;
}

/** A file that was chosen to be opened, while the worker looks at it. */
export interface Inspection {
  readonly requestId: number;
  readonly name: string;
  readonly label: string;
  readonly fraction: number | undefined;
}

/** The last check of a device that was asked for, as far as it has come. */
export interface CheckView {
  readonly requestId: number;
  readonly state: DeviceCheck;
  /** Cancel was asked for. */
  readonly cancelling: boolean;
}

/** A guided experiment under way. */
export interface ActiveExperiment {
  readonly experiment: Experiment;
  /** Which of its stages is shown. */
  readonly index: number;
  /** The stage's settings. */
  readonly preset: Preset;
  /** By stage: what its last run has shown, if it has come to its end. */
  readonly earlier: readonly (Evidence | undefined)[];
}

export interface AppState {
  readonly connection: "starting" | "ready" | "crashed";
  readonly hello: Events["hello"] | undefined;
  readonly preset: Preset;
  /** Over as soon as its preset is not the chosen one: see activeExperiment. */
  readonly experiment: ActiveExperiment | undefined;
  readonly executor: ExecutorChoice;
  readonly kernels: KernelChoice;
  /** Of the CPU executor, as the address asks; undefined for as many as suit the machine. */
  readonly threads: number | undefined;
  /** Steps from one probed step to the next; 0: none is probed. */
  readonly probeEvery: number;
  /** What the centre of the page shows. */
  readonly view: ViewId;
  readonly draft: Draft;
  /** Text of number fields whose text is not simply their number. */
  readonly typed: Readonly<Record<string, string>>;
  readonly ownText: OwnText | undefined;
  readonly estimate: RunSummary | undefined;
  readonly notices: readonly string[];
  readonly failure: Failure | undefined;
  /** How a run has diverged, until it is dismissed or the run goes on from a snapshot. */
  readonly explosion: { readonly runId: number; readonly report: ExplosionReport } | undefined;
  readonly run: RunView;
  /** A race is under way: the open run waits until it is over. */
  readonly racing: boolean;
  /** Truncated gradients of the open run are being compared. */
  readonly comparing: boolean;
  /** A file of the open run is being made. */
  readonly saving: boolean;
  /** The last file that was made, as a sentence. */
  readonly saved: string;
  readonly inspection: Inspection | undefined;
  readonly sample: Sample | undefined;
  readonly earlierSamples: readonly Sample[];
  readonly autoSample: boolean;
  /** Class probabilities [28, 10] of the picture in the drawing pad. */
  readonly reading: Float32Array | undefined;
  readonly check: CheckView | undefined;
  readonly checkOpen: boolean;
  /** What is known of this machine's WebGPU adapter; undefined as long as it was not checked. */
  readonly verdict: Verdict | undefined;
}

const preset = presetNamed(DEFAULT_PRESET);

/** A run that is not open yet. */
export const closedRun = (id: number): RunView => ({
  id,
  with: undefined,
  status: "idle",
  step: 0,
  epoch: 0,
  facts: undefined,
  progress: undefined,
  from: undefined,
  afterOpen: undefined,
  resetting: false,
  pausing: false,
  speed: undefined,
  validation: undefined,
  strip: undefined,
  history: new RunHistory(),
  probes: undefined,
  historyVersion: 0,
});

export const useApp = create<AppState>(() => ({
  connection: "starting",
  hello: undefined,
  preset,
  experiment: undefined,
  executor: "auto",
  kernels: "auto",
  threads: undefined,
  probeEvery: PROBE_EVERY,
  view: DEFAULT_VIEW,
  draft: preset.config,
  typed: {},
  ownText: undefined,
  estimate: undefined,
  notices: [],
  failure: undefined,
  explosion: undefined,
  run: closedRun(0),
  racing: false,
  comparing: false,
  saving: false,
  saved: "",
  inspection: undefined,
  sample: undefined,
  earlierSamples: [],
  autoSample: true,
  reading: undefined,
  check: undefined,
  checkOpen: false,
  verdict: undefined,
}));

/** True for a run of half precision that is open or being opened: it has a loss scale to show. */
export const isHalfRun = ({ run }: Pick<AppState, "run">): boolean =>
  run.with?.config.precision === "f16" && (run.facts !== undefined || run.status === "loading");

/** The report of the run that is open, if it has diverged. */
export const explosionOf = ({ explosion, run }: Pick<AppState, "explosion" | "run">): ExplosionReport | undefined =>
  explosion?.runId === run.id ? explosion.report : undefined;

/** The run's weights are those of other steps for as long as the worker looks for where it went wrong. */
export const isSearching = (state: Pick<AppState, "explosion" | "run">): boolean => explosionOf(state)?.search.kind === "searching";

export const setRun = (change: Partial<RunView>): void => useApp.setState(({ run }) => ({ run: { ...run, ...change } }));

export const addNotice = (notice: string): void =>
  useApp.setState(({ notices }) => ({ notices: [...notices.filter((each) => each !== notice), notice] }));

export const dismissNotice = (notice: string): void =>
  useApp.setState(({ notices }) => ({ notices: notices.filter((each) => each !== notice) }));

export const dismissFailure = (): void => useApp.setState({ failure: undefined });
