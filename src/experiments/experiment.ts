import type { RunConfig } from "../config";
import type { Evidence } from "./evidence";

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
  /** Training steps after which the run has shown what it can. */
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
export const isComplete = (stage: Stage, { step, divergedAt }: Evidence): boolean => divergedAt !== undefined || step >= stage.steps;
