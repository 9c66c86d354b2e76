import type { Cell, RunConfig } from "../config";
import type { Evidence } from "./evidence";

/**
 * What measures a stage. train: the run, trained to the stage's steps. compare: truncated gradients against the full one, with the weights
 * that the open run has. race: cells side by side, so many steps each.
 */
export type Act =
  | { readonly kind: "train" }
  | { readonly kind: "compare"; readonly lengths: readonly number[]; readonly batches: number; readonly draws: number }
  | { readonly kind: "race"; readonly cells: readonly Cell[] };

export const train: Act = { kind: "train" };

/** One run of an experiment: what to do, and what to look for while it runs. */
export interface Stage {
  /** What is different in this run: "Without clipping". */
  readonly title: string;
  /** What is done, and why. */
  readonly text: string;
  readonly look: string;
  /** The view of the page that shows it. */
  readonly view: ExperimentView;
  readonly config: RunConfig;
  readonly act: Act;
  /** Training steps after which the run has shown what it can: of a race each contestant's, of a comparison those before it. */
  readonly steps: number;
  /** What the run shows now, with its numbers; empty as long as nothing is measured. */
  show(evidence: Evidence): string;
}

/** Views that a stage may open; the page has a view of each name. */
export type ExperimentView = "training" | "time" | "truncation" | "race";

/** Whether the runs bear out the claim, and the numbers that say so. */
export interface Verdict {
  readonly holds: boolean;
  readonly text: string;
}

/** A guided experiment: runs one after another, and a claim that their numbers bear out. */
export interface Experiment {
  readonly name: string;
  readonly title: string;
  /** One line for the page and `--help`. */
  readonly about: string;
  /** What the experiment shows, as a sentence that its runs are held against. */
  readonly claim: string;
  /** The preset that its settings are closest to. */
  readonly preset: string;
  readonly stages: readonly Stage[];
  /** From the evidence of all stages, in their order, each trained to its steps or to where it diverged. */
  judge(runs: readonly Evidence[]): Verdict;
}

/** True once a run has shown what its stage asks for. */
export function isComplete({ act, steps }: Stage, { step, divergedAt, windows, racers }: Evidence): boolean {
  if (act.kind === "compare") return windows.length === act.lengths.length;
  if (act.kind === "race") return racers.length === act.cells.length && racers.every(({ loss }) => !Number.isNaN(loss));
  return divergedAt !== undefined || step >= steps;
}
