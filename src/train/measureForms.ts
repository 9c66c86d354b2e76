import { planFlops } from "../model/cost";
import { type Executor, ExecutorError } from "../plan/executor";
import { type CallTiming, callKey, OWN_FORM } from "../plan/forms";
import type { KernelCall, Plan } from "../plan/plan";
import { Program } from "../plan/program";
import type { Tensor } from "../plan/tensor";
import { formOf, usableForms } from "../shaders/kernel";

/** Calls that make up less than this of a plan's arithmetic are left to the fixed choice. */
const MIN_SHARE = 0.01;
/** A form runs at least this long for each of its measurements, so that what a submit costs does not count. */
const ROUND_MS = 10;
const ROUNDS = 3;

export interface MeasureOptions {
  /** Of an earlier measurement on this device: these calls are not measured again. */
  readonly known: readonly CallTiming[];
  /** No call is begun that would probably end later than this. */
  readonly budgetMs: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Times the calls of a plan that have a choice of forms, each on tensors of its own, the cheapest first.
 * @param open gives a fresh executor of the device each time.
 * @param features of WebGPU, which some forms need.
 * @returns what was measured now. Calls whose tensors find no room, and those for which the budget is short, are left out.
 * @throws ExecutorError "device-lost"; the signal's reason after an abort.
 */
export async function measureForms(
  open: () => Promise<Executor>,
  plan: Plan,
  features: readonly string[],
  { known, budgetMs, onProgress, signal }: MeasureOptions,
): Promise<CallTiming[]> {
  const skip = new Set(known.map(({ key }) => key));
  const calls = callsWithChoice(plan, features).filter(({ key }) => !skip.has(key));
  const end = performance.now() + budgetMs;
  const timings: CallTiming[] = [];
  /** The slowest rate seen: what is left is guessed from it. */
  let msPerFlop = 0;
  for (const [i, { key, call, flops }] of calls.entries()) {
    signal?.throwIfAborted();
    onProgress?.(i, calls.length);
    const forms = usableForms(call.kernel, call.scalars, features);
    // Each form runs a few times at least, besides its compilation.
    if (performance.now() + (ROUNDS + 2) * forms.length * flops * msPerFlop > end) continue;
    const ms: Record<string, number> = {};
    for (const form of forms) {
      signal?.throwIfAborted();
      const taken = await timeForm(open, { ...call, form, workgroups: formOf(call.kernel, form).workgroups(call.scalars) }, signal);
      if (taken !== null) ms[form ?? OWN_FORM] = taken;
    }
    if (Object.keys(ms).length === 0) continue;
    msPerFlop = Math.max(msPerFlop, Math.max(...Object.values(ms)) / flops);
    timings.push({ key, ms });
  }
  onProgress?.(calls.length, calls.length);
  return timings;
}

interface Choice {
  readonly key: string;
  readonly call: KernelCall;
  readonly flops: number;
}

/** The calls with more than one form, one for each key, in order of their arithmetic. */
function callsWithChoice(plan: Plan, features: readonly string[]): Choice[] {
  const total = planFlops(plan);
  const byKey = new Map<string, { readonly call: KernelCall; readonly flops: number; count: number }>();
  for (const call of plan.calls) {
    if (usableForms(call.kernel, call.scalars, features).length < 2) continue;
    const key = callKey(call);
    const same = byKey.get(key);
    if (same === undefined) byKey.set(key, { call, flops: planFlops({ calls: [call] }), count: 1 });
    else same.count += 1;
  }
  return [...byKey]
    .filter(([, { flops, count }]) => flops * count >= MIN_SHARE * total)
    .map(([key, { call, flops }]) => ({ key, call, flops }))
    .sort((a, b) => a.flops - b.flops);
}

/** Milliseconds of one dispatch; null if the device refuses this form, or has no room for its tensors. */
async function timeForm(open: () => Promise<Executor>, call: KernelCall, signal: AbortSignal | undefined): Promise<number | null> {
  const program = new Program();
  const tensors = call.tensors.map(({ name, shape, type }): Tensor => program.tensor(name, shape, type));
  const plan = program.plan(call.kernel.name);
  plan.repeat({ ...call, tensors });
  const executor = await open();
  try {
    await executor.load(program);
    const time = async (replays: number): Promise<number> => {
      const start = performance.now();
      await executor.submit(plan, replays, signal);
      await executor.drain();
      return (performance.now() - start) / replays;
    };
    await time(1);
    const replays = Math.ceil(ROUND_MS / Math.max(await time(1), ROUND_MS / 500));
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < ROUNDS; round++) best = Math.min(best, await time(replays));
    return best;
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof ExecutorError && error.code === "device-lost") throw error;
    return null;
  } finally {
    executor.destroy();
  }
}
