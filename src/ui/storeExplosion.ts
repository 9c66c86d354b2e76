import type { Clip, RunConfig } from "../config";
import type { Events } from "../worker/protocol";
import { setRun, useApp } from "./store";
import { keepAddress } from "./storeConfig";
import { client } from "./storeRun";

export function receiveExplosion({ runId, report }: Events["explosion"]): void {
  const { run, explosion } = useApp.getState();
  // The run that a reset was asked for in the meantime begins anew, and this one's snapshots are gone.
  if (runId !== run.id || run.resetting) return;
  // A search that goes on for a moment after it was dismissed.
  if (explosion === undefined && run.status === "failed") return;
  useApp.setState({ explosion: { runId, report } });
}

export function stopSearch(): void {
  client.send("stopSearch", { runId: useApp.getState().run.id });
}

export function dismissExplosion(): void {
  stopSearch();
  useApp.setState({ explosion: undefined, failure: undefined });
}

export interface RewindChoice {
  readonly step: number;
  readonly lr: number | undefined;
  readonly clip: Clip | undefined;
  /** Goes on at once. */
  readonly train: boolean;
}

/** What the page waits for after it has asked for a rewind. */
let asked: { readonly runId: number; readonly config: RunConfig } | undefined;

/** Takes a run that has diverged back to a snapshot, with other settings if given. */
export function rewind({ step, lr, clip, train }: RewindChoice): void {
  const { run } = useApp.getState();
  if (run.with === undefined) return;
  const { config } = run.with;
  asked = {
    runId: run.id,
    config: { ...config, optimizer: { ...config.optimizer, lr: lr ?? config.optimizer.lr }, clip: clip ?? config.clip },
  };
  client.send("rewind", { runId: run.id, step, ...(lr !== undefined && { lr }), ...(clip !== undefined && { clip }) });
  if (train) client.send("train", { runId: run.id });
}

/** The run stands at a snapshot again: what is shown of later steps goes, and the settings are those that it was rewound with. */
export function receiveRewound({ runId, step }: Events["rewound"]): void {
  const { run } = useApp.getState();
  if (runId !== run.id || run.with === undefined) return;
  const config = asked?.runId === runId ? asked.config : run.with.config;
  asked = undefined;
  const { history } = run;
  history.goBackTo(step);
  useApp.setState({ explosion: undefined, failure: undefined, draft: config, typed: {} });
  setRun({
    with: { ...run.with, config },
    probes: run.probes?.until(step),
    historyVersion: run.historyVersion + 1,
    validation: history.validations.at(-1),
    step,
    speed: undefined,
  });
  keepAddress();
}
