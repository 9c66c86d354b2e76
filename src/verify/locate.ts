import type { Executor } from "../plan/executor";
import { fixedForms } from "../plan/forms";
import type { KernelCall, Plan } from "../plan/plan";
import { inRange } from "../shaders/cases/compare";
import { defaultTolerance } from "../shaders/cases/tolerance";
import type { FloatArray } from "../shaders/kernel";
import type { VerifyCase } from "./case";
import { compareNumbers } from "./compare";
import { type CompiledCase, compileCase, type ReplayOptions, writeStart, writeStep } from "./replay";

/** The first kernel call of a training step whose result is not its twin's. */
export interface Culprit {
  /** Beyond what a kernel may differ. If not, only beyond that in proportion to the numbers, which are all small: the best clue there is. */
  readonly isCertain: boolean;
  readonly kernel: string;
  /** Counted from 1. */
  readonly step: number;
  readonly call: number;
  readonly calls: number;
  /** The number that is furthest off, such as "hidden[12]". */
  readonly where: string;
  readonly actual: number;
  readonly expected: number;
}

type Difference = Pick<Culprit, "kernel" | "isCertain" | "where" | "actual" | "expected">;

/** Training steps that are searched: the second is the first that sees moments, and a carried state. */
const SEARCHED_STEPS = 2;

/**
 * Runs a case's first steps again, call by call, each beside its kernel's twin in f64 on the numbers that the device had before the call.
 * So a kernel is blamed for its own error only, not for what it was given.
 * @param executor one that has loaded nothing yet.
 * @returns the first that differs beyond the kernels' tolerance, else the best clue, else undefined.
 */
export async function findCulprit(
  each: VerifyCase,
  executor: Executor,
  { signal, chooseForm = fixedForms(executor.facts) }: ReplayOptions = {},
): Promise<Culprit | undefined> {
  return searchCalls(compileCase(each, chooseForm), executor, signal);
}

/** As findCulprit, for a case that is compiled already. */
export async function searchCalls(compiled: CompiledCase, executor: Executor, signal?: AbortSignal): Promise<Culprit | undefined> {
  const { program, train, each } = compiled;
  const singles = train.calls.map((call, i): [KernelCall, Plan] => {
    const plan = program.plan(`call ${i + 1} of ${train.name}`);
    plan.repeat(call);
    return [call, plan];
  });
  await executor.load(program);
  await writeStart(compiled, executor);
  let clue: Culprit | undefined;
  for (let step = 0; step < Math.min(each.config.steps, SEARCHED_STEPS); step++) {
    writeStep(compiled, executor, step);
    for (const [index, [call, plan]] of singles.entries()) {
      signal?.throwIfAborted();
      const difference = await compareWithTwin(call, plan, executor, each.config.precision === "f16", signal);
      if (difference === undefined) continue;
      const culprit = { ...difference, step: step + 1, call: index + 1, calls: singles.length };
      if (culprit.isCertain) return culprit;
      clue ??= culprit;
    }
  }
  return clue;
}

const bindingsOf = ({ kernel, tensors }: KernelCall) =>
  Object.entries(kernel.bindings).flatMap(([name, spec], i) => {
    const tensor = tensors[i];
    return tensor === undefined ? [] : [{ name, spec, tensor }];
  });

async function compareWithTwin(
  call: KernelCall,
  plan: Plan,
  executor: Executor,
  isHalf: boolean,
  signal: AbortSignal | undefined,
): Promise<Difference | undefined> {
  const { kernel, scalars } = call;
  const bindings = bindingsOf(call);
  const buffers: Record<string, FloatArray | Uint32Array> = {};
  for (const { name, tensor } of bindings) {
    const data = await executor.read(tensor);
    buffers[name] = data instanceof Float32Array ? Float64Array.from(data) : data;
  }
  await executor.submit(plan, 1, signal);
  kernel.twin(buffers, scalars);
  let clue: Difference | undefined;
  for (const { name, spec, tensor } of bindings) {
    const twin = buffers[name];
    if (spec.access === "read" || twin === undefined) continue;
    const expected = twin.map((value) => inRange(value, tensor.type));
    const got = await executor.read(tensor);
    const { abs, rel } = defaultTolerance[tensor.type];
    const size = largest(expected);
    // Multiplied by the loss scale, numbers are far above 1, and what rounding hands on from one to the next is in proportion.
    const certainAbs = isHalf ? abs * Math.max(1, size) : abs;
    for (const isCertain of [true, false]) {
      const { passed, at, ...numbers } = compareNumbers(got, expected, { abs: isCertain ? certainAbs : abs * Math.min(1, size), rel });
      if (passed) continue;
      const difference = { kernel: kernel.name, isCertain, where: `${name}[${at}]`, actual: numbers.actual, expected: numbers.expected };
      if (isCertain) return difference;
      clue ??= difference;
    }
  }
  return clue;
}

function largest(values: FloatArray | Uint32Array): number {
  let result = 0;
  for (const value of values) result = Math.max(result, Math.abs(value));
  return result;
}
