import type { Where } from "./contestants/contestant";
import { BufferMeter } from "./contestants/counters";
import { executorOf } from "./executors";
import { trainerOf } from "./overhead";
import type { Workload } from "./workloads";

/** Bytes at one moment, after a garbage collection. */
export interface MemorySample {
  readonly at: string;
  /** Live GPU buffers. */
  readonly gpuBytes: number;
  readonly heapBytes: number;
  /** WebAssembly memories and typed arrays. */
  readonly externalBytes: number;
}

export interface MemoryResult {
  readonly device: string;
  readonly samples: readonly MemorySample[];
}

const STEPS = 2_000;
const SAMPLES = 5;
const RESETS = 50;
/** Steps between two resets, so that every part of a run has been in use. */
const STEPS_PER_RESET = 3;

function collectGarbage(): void {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error("the process was started without --expose-gc");
  // Twice: the first lets finalizers run, whose objects the second frees.
  gc();
  gc();
}

/** Trains many steps in one run, then opens and closes many runs on the same device, and weighs in between. */
export async function measureMemory(where: Where, on: "webgpu" | "cpu", workload: Workload): Promise<MemoryResult> {
  if (on === "webgpu") where.gpu();
  const meter = new BufferMeter();
  const samples: MemorySample[] = [];
  const weigh = async (at: string): Promise<void> => {
    // What was finished but not yet let go of.
    await new Promise((resolve) => setTimeout(resolve, 50));
    collectGarbage();
    const { heapUsed, external, arrayBuffers } = process.memoryUsage();
    samples.push({ at, gpuBytes: meter.bytes, heapBytes: heapUsed, externalBytes: external + arrayBuffers });
  };
  const open = executorOf(where, on);
  const trainer = await trainerOf(open, workload);
  const trainTo = async (target: number): Promise<void> => {
    while (trainer.step < target) {
      await trainer.advance(target - trainer.step);
      if (trainer.mustFlush) await trainer.flush();
    }
    await trainer.flush();
  };
  await trainTo(STEPS / 10);
  await weigh(`step ${STEPS / 10}`);
  for (let part = 1; part <= SAMPLES; part++) {
    await trainTo((STEPS * part) / SAMPLES);
    await weigh(`step ${(STEPS * part) / SAMPLES}`);
  }
  const { name } = trainer.executor.facts;
  trainer.executor.destroy();
  await weigh("run closed");
  for (let reset = 1; reset <= RESETS; reset++) {
    const next = await trainerOf(open, workload);
    await next.advance(1);
    for (let step = 1; step < STEPS_PER_RESET; step++) await next.advance(1);
    await next.flush();
    next.executor.destroy();
    if (reset % 10 === 0) await weigh(`reset ${reset}`);
  }
  return { device: name, samples };
}
