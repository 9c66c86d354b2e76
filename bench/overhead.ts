import { facts as datasetFacts } from "../src/data/dataset";
import type { Executor } from "../src/plan/executor";
import { HORIZON_EVERY, PROBE_EVERY } from "../src/probes";
import { formsOfRun } from "../src/train/formsOfRun";
import { runLoop } from "../src/train/loop";
import { openTrainer } from "../src/train/open";
import type { Trainer } from "../src/train/trainer";
import type { Where } from "./contestants/contestant";
import { configOf, datasetOf } from "./contestants/unroll";
import { executorOf } from "./executors";
import { type Spread, spreadOf } from "./statistics";
import type { Workload } from "./workloads";

export interface OverheadResult {
  readonly device: string;
  /** Milliseconds of a step without any metrics: plans enqueued, and one wait at the end. */
  readonly bare: Spread;
  /** In the training loop of the page, which asks for the metrics ten times a second. */
  readonly loop: Spread;
  /** The same with the page's probes: every so many steps a step is looked into. */
  readonly probed: Spread;
  /** What metrics add to a step, and probes to one with metrics: 0.03 is 3 %. Of each round by itself, so that a machine that becomes slower or faster between rounds does not count. */
  readonly metricsCost: Spread;
  readonly probesCost: Spread;
  /** Steps one by one, each waited for, in turns: plain, probed, and probed with a horizon. */
  readonly single: { readonly plain: Spread; readonly probed: Spread; readonly traced: Spread };
}

/** A turn lasts at least about this long, many polls of the metrics, and is a whole cycle of probes: each turn has as many steps of each kind as a long run. */
const TURN_MS = 800;
const CYCLE = PROBE_EVERY * HORIZON_EVERY;
const MOST_ROUNDS = 25;
const FEWEST_ROUNDS = 5;
/** Of all rounds, where their number allows it. */
const ROUNDS_MS = 60_000;
/** Single steps of each kind. */
const SINGLE_STEPS = 15;

/** A trainer of the workload, as the page would open it. */
export async function trainerOf(open: () => Promise<Executor>, workload: Workload): Promise<Trainer> {
  const config = configOf(workload);
  // Validation is another work, not a cost of the metrics.
  const quiet = { ...config, validation: { every: 1_000_000, batches: 1 } };
  const dataset = datasetOf(workload);
  const executor = await open();
  const { chooseForm } = await formsOfRun(executor.facts, open, quiet, datasetFacts(dataset), { choice: "auto" });
  return openTrainer(quiet, dataset, executor, { chooseForm });
}

/** Throughput with the metrics as the real loop takes them, and with probes, against none at all, in turns. */
export async function measureOverhead(where: Where, on: "webgpu" | "cpu", workload: Workload): Promise<OverheadResult> {
  const trainer = await trainerOf(executorOf(where, on), workload);
  const { executor, run } = trainer;
  const bare = async (steps: number): Promise<number> => {
    const start = performance.now();
    await executor.submit(run.train.plan, steps);
    await executor.drain();
    return (performance.now() - start) / steps;
  };
  const delivered = { metrics: 0, probes: 0 };
  const hooks = {
    onMetrics: (rows: Float32Array) => {
      delivered.metrics += rows.length;
    },
    onProbes: (rows: Float32Array) => {
      delivered.probes += rows.length;
    },
    onValidation: () => {},
    // The loop would validate at the end of an epoch; a round ends before.
    shouldPause: () => trainer.owesValidation && trainer.step > 0,
  };
  const loop = async (steps: number, probeEvery: number): Promise<number> => {
    await trainer.initialise();
    // A run's very first step is looked into with a horizon, whatever the cycle says.
    trainer.probes.every = 0;
    await runLoop(trainer, 1, hooks);
    trainer.probes.every = probeEvery;
    const start = performance.now();
    await runLoop(trainer, 1 + steps, hooks);
    return (performance.now() - start) / steps;
  };
  await bare(2);
  const ms = await bare(5);
  const mostCycles = Math.floor((trainer.stepsPerEpoch - 2) / CYCLE);
  const steps = CYCLE * Math.max(1, Math.min(mostCycles, Math.round(TURN_MS / (CYCLE * ms))));
  await loop(steps, PROBE_EVERY);
  const times: { bare: number[]; loop: number[]; probed: number[] } = { bare: [], loop: [], probed: [] };
  const turns = [
    async () => void times.bare.push(await bare(steps)),
    async () => void times.loop.push(await loop(steps, 0)),
    async () => void times.probed.push(await loop(steps, PROBE_EVERY)),
  ];
  const rounds = Math.max(FEWEST_ROUNDS, Math.min(MOST_ROUNDS, Math.round(ROUNDS_MS / (turns.length * steps * ms))));
  for (let round = 0; round < rounds; round++) {
    for (const turn of turns) await turn();
    // Backwards in the next round, so that none is always the later one.
    turns.reverse();
  }
  const single = await measureSingle(trainer);
  if (delivered.metrics === 0 || delivered.probes === 0) throw new Error("no metrics or no probes were delivered");
  executor.destroy();
  const costs = (more: readonly number[], less: readonly number[]): Spread => spreadOf(more.map((ms, round) => ms / less[round]! - 1));
  return {
    device: executor.facts.name,
    ...{ bare: spreadOf(times.bare), loop: spreadOf(times.loop), probed: spreadOf(times.probed), single },
    ...{ metricsCost: costs(times.loop, times.bare), probesCost: costs(times.probed, times.loop) },
  };
}

/** Single steps of each kind, which what else the machine does cannot shift against each other as it can whole rounds. */
async function measureSingle({ executor, run }: Trainer): Promise<OverheadResult["single"]> {
  const { plan: plain, probed, traced } = run.train;
  const ms: { plain: number[]; probed: number[]; traced: number[] } = { plain: [], probed: [], traced: [] };
  for (let i = 0; i < SINGLE_STEPS; i++) {
    for (const [times, plan] of [
      [ms.plain, plain],
      [ms.probed, probed],
      [ms.traced, traced],
    ] as const) {
      const start = performance.now();
      await executor.submit(plan, 1);
      await executor.drain();
      times.push(performance.now() - start);
    }
  }
  return { plain: spreadOf(ms.plain), probed: spreadOf(ms.probed), traced: spreadOf(ms.traced) };
}
