import { expect, vi } from "vitest";
import type { RunConfig } from "../config";
import { createCpuExecutor } from "../cpu/cpuExecutor";
import { loadDataset } from "../data/dataset";
import type { Executor } from "../plan/executor";
import { presetNamed } from "../presets";
import { metricsRow, rowCount } from "../train/metrics";
import { type OpenOptions, openTrainer } from "../train/open";
import type { Trainer } from "../train/trainer";
import type { Events } from "../worker/protocol";
import { Session } from "../worker/session";
import { memorySource } from "./dataSource";

/** A text that is read in moments. */
export const tinyText: RunConfig = {
  ...presetNamed("copy-memory").config,
  task: { kind: "text", source: "own", sequenceLength: 8, carryState: true },
  model: { cell: "gru", hiddenSize: 8, numLayers: 1, embeddingSize: 4, forgetBias: 0 },
  batchSize: 4,
  epochs: 50,
  validation: { every: 20, batches: 1 },
};

/** An event as the session posts it. */
export type Posted = { [K in keyof Events]: { readonly kind: K; readonly payload: Events[K] } }[keyof Events];

const sessions: Session[] = [];

/** Closes every session that was opened here: for afterEach. */
export async function closeSessions(): Promise<void> {
  for (const session of sessions.splice(0)) await session.dispose();
}

/** A session on the CPU, what it posts, and what waits for a status. */
export async function openSession(
  config: RunConfig = tinyText,
  wrap: (executor: Executor) => Executor = (executor) => executor,
  start?: NonNullable<OpenOptions["start"]>,
) {
  const dataset = await loadDataset(config.task, memorySource({}), "the quick brown fox jumps over the lazy dog. ".repeat(40), config.seed);
  const executor = wrap(await createCpuExecutor());
  const trainer = await openTrainer(config, dataset, executor, start === undefined ? {} : { start });
  const posted: Posted[] = [];
  const post = <K extends keyof Events>(kind: K, payload: Events[K]): void => {
    posted.push({ kind, payload } as Posted);
  };
  const session = new Session(1, trainer, dataset, { choice: "fixed", timings: [] }, post, () => executor.destroy());
  sessions.push(session);
  await session.announce();
  const statuses = (): string[] => posted.flatMap((each) => (each.kind === "status" ? [each.payload.status] : []));
  const last = (): string | undefined => statuses().at(-1);
  const until = (status: string): Promise<void> => vi.waitFor(() => expect(last()).toBe(status), { timeout: 20_000 });
  return { session, trainer, posted, statuses, last, until };
}

/** The losses of all steps that were told. */
export const lossesOf = (posted: readonly Posted[]): number[] =>
  posted.flatMap((each) => {
    if (each.kind !== "metrics") return [];
    const { rows } = each.payload;
    return Array.from({ length: rowCount(rows) }, (_, i) => metricsRow(rows, i).loss);
  });

/** Holds the trainer's lock, as a long sample does, until it is released. */
export function holdLock(trainer: Trainer): () => void {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  void trainer.lock.run(() => released);
  return release;
}
