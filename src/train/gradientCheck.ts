import { type Cell, cells, type RunConfig } from "../config";
import { isTheDevices } from "../plan/checkCases";
import type { Executor } from "../plan/executor";
import { fixedForms } from "../plan/forms";
import { Interpreter } from "../plan/interpreter";
import type { Tensor } from "../plan/tensor";
import { randomFloats } from "../shaders/cases/case";
import { type GradientNet, gradientNet } from "./gradientNet";

/** Of a parameter's gradients against f64, relative to the largest of them; and of the slope, see `slopeError`. */
export const GRADIENT_TOLERANCE = 2e-4;
/**
 * The same in half precision, where f64 rounds nothing: a number rounded to f16 is off by up to 2^-11 of itself (2^-10 where the device
 * takes the other neighbour, as WGSL lets it). On its longest way through 5 steps and 2 layers a gradient depends on about 16 rounded
 * numbers one after another: dLogits, hidden states, gate gradients, sums for the step before. 16 * 2^-11 is 0.008. Roundings
 * to nearest go both ways and hardly add up: they give 7e-4, and rounding toward zero gives 4e-3. A wrong sign, factor or index gives 0.1 and more.
 */
export const HALF_GRADIENT_TOLERANCE = 8e-3;

const toleranceOf = (precision: RunConfig["precision"]): number => (precision === "f16" ? HALF_GRADIENT_TOLERANCE : GRADIENT_TOLERANCE);

/** A network whose gradient is checked. */
export interface CheckedNet {
  /** "lstm", or "lstm (f16)". */
  readonly name: string;
  readonly cell: Cell;
  readonly precision: RunConfig["precision"];
}

/**
 * Every cell, and where f16 is checked too the one that keeps both kinds of state: a cell state in f32 beside the hidden one in f16.
 * Its input is embedded and each step has a target, so that it also has every other tensor that f16 changes.
 */
export function checkedNets(half: boolean): readonly CheckedNet[] {
  const single = cells.map((cell): CheckedNet => ({ name: cell, cell, precision: "f32" }));
  return half ? [...single, { name: "lstm (f16)", cell: "lstm", precision: "f16" }] : single;
}

/** Directions that are random, after the gradient's own. */
const RANDOM_DIRECTIONS = 2;
/** Length of the step to each side: the difference is then off by about 1e-8 of itself, and rounding in f64 by less. */
const STEP = 1e-4;

/** A network's gradient as a device computes it, against f64 and against the loss itself. */
export interface GradientReport extends CheckedNet {
  readonly passed: boolean;
  /** What `worst` and `slopeError` may be. */
  readonly tolerance: number;
  /** Numbers whose gradient was compared. */
  readonly count: number;
  /** Largest |device - f64| of a parameter's gradients, divided by the largest of that parameter's gradients in f64. */
  readonly worst: number;
  /** The parameter that `worst` is of, by its PyTorch name. */
  readonly parameter: string;
  /** The loss's slope along a direction of length 1, by the device's gradient: of the direction where the two differ most. */
  readonly slope: number;
  /** The same slope, measured: the central difference of the loss in f64. */
  readonly difference: number;
  /** |slope - difference|, relative to the larger of |difference| and what a random direction's slope has on average. */
  readonly slopeError: number;
  /** What went wrong, for people; absent if nothing did. */
  readonly failure?: string;
  /** The kernel that makes the gradient wrong, where there is one to blame. */
  readonly kernel?: string;
}

export interface GradientCheckOptions {
  /** Checks a network in half precision as well, which the executor must take. */
  readonly half?: boolean;
  readonly onStart?: (net: CheckedNet) => void;
  readonly onReport?: (report: GradientReport) => void;
  readonly signal?: AbortSignal;
}

/**
 * For each cell: a small network's loss and full backward pass on an executor of its own, compared with f64 and with finite differences.
 * @throws ExecutorError "device-lost" or "out-of-memory", or the signal's reason once it is aborted.
 */
export async function checkGradients(
  open: () => Executor | Promise<Executor>,
  { half = false, onStart, onReport, signal }: GradientCheckOptions = {},
): Promise<GradientReport[]> {
  const reports: GradientReport[] = [];
  for (const checked of checkedNets(half)) {
    signal?.throwIfAborted();
    onStart?.(checked);
    const report = await checkNet(open, checked, signal);
    reports.push(report);
    onReport?.(report);
  }
  return reports;
}

async function checkNet(
  open: () => Executor | Promise<Executor>,
  checked: CheckedNet,
  signal: AbortSignal | undefined,
): Promise<GradientReport> {
  const executor = await open();
  const net = gradientNet(checked.cell, checked.precision, fixedForms(executor.facts));
  try {
    await executor.load(net.program);
    return await compareWithOracle(executor, net, checked, signal);
  } catch (error) {
    if (signal?.aborted || isTheDevices(error)) throw error;
    const failure = error instanceof Error ? error.message : String(error);
    const nothing = { worst: Number.POSITIVE_INFINITY, parameter: "", slope: Number.NaN, difference: Number.NaN };
    const tolerance = toleranceOf(checked.precision);
    return { ...checked, passed: false, tolerance, count: net.parameters.count, ...nothing, slopeError: Number.POSITIVE_INFINITY, failure };
  } finally {
    executor.destroy();
  }
}

async function compareWithOracle(
  executor: Executor,
  net: GradientNet,
  checked: CheckedNet,
  signal: AbortSignal | undefined,
): Promise<GradientReport> {
  const { parameters, program } = net;
  const tolerance = toleranceOf(checked.precision);
  for (const [tensor, data] of net.inputs) executor.write(tensor, data);
  await executor.submit(net.loss, 1, signal);
  await executor.submit(net.backward, 1, signal);
  const whole = await executor.read(parameters.gradients.whole);
  const oracle = new Interpreter(program);
  for (const [tensor, data] of net.inputs) oracle.view(tensor).set(data);
  oracle.run(net.loss);
  oracle.run(net.backward);

  let [worst, parameter] = [0, ""];
  for (const tensor of parameters.gradients.tensors) {
    const error = relativeError(whole.subarray(tensor.offset, tensor.offset + tensor.size), oracle.view(tensor));
    if (error > worst || parameter === "") [worst, parameter] = [error, tensor.name];
  }
  const slopes = directions(whole).map((direction) => compareSlope(net, oracle, whole, direction));
  const [first = NO_SLOPE] = slopes.sort((a, b) => b.slopeError - a.slopeError);
  const passed = worst <= tolerance && first.slopeError <= tolerance;
  const report = { ...checked, passed, tolerance, count: parameters.count, worst, parameter, ...first };
  if (passed) return report;
  const kernel = await firstWrongKernel(executor, net, tolerance, signal);
  const what =
    worst <= tolerance
      ? `along a direction the loss has the slope ${first.difference}, and the gradient says ${first.slope}`
      : `the gradient of ${parameter} differs from double precision by ${percent(worst)} of its size`;
  const cause = kernel === undefined ? "" : `; the first kernel whose results differ is ${kernel}`;
  return { ...report, failure: `${checked.name}: ${what}${cause}.`, ...(kernel !== undefined && { kernel }) };
}

const percent = (fraction: number): string =>
  Number.isFinite(fraction) ? `${(fraction * 100).toPrecision(2)} %` : "a number without bounds";

type Slope = Pick<GradientReport, "slope" | "difference" | "slopeError">;
const NO_SLOPE: Slope = { slope: Number.NaN, difference: Number.NaN, slopeError: Number.POSITIVE_INFINITY };

/** Directions of length 1 in the parameters' arena: along the gradient, where it has a direction, and random ones. */
function directions(gradient: Float32Array | Uint32Array): Float64Array[] {
  const candidates = [Float64Array.from(gradient)];
  for (let i = 0; i < RANDOM_DIRECTIONS; i++) candidates.push(Float64Array.from(randomFloats(900 + i, gradient.length)));
  return candidates.flatMap((direction) => {
    const length = Math.sqrt(squaredNorm(direction));
    return length > 0 && Number.isFinite(length) ? [direction.map((value) => value / length)] : [];
  });
}

function squaredNorm(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! ** 2;
  return sum;
}

function compareSlope(net: GradientNet, oracle: Interpreter, gradient: Float32Array | Uint32Array, direction: Float64Array): Slope {
  const values = oracle.view(net.parameters.values.whole);
  const start = values.slice();
  const lossAt = (step: number): number => {
    for (let i = 0; i < values.length; i++) values[i] = start[i]! + step * direction[i]!;
    oracle.run(net.loss);
    return oracle.view(net.sums)[0]! / net.targetCount;
  };
  const difference = (lossAt(STEP) - lossAt(-STEP)) / (2 * STEP);
  values.set(start);
  let slope = 0;
  for (let i = 0; i < gradient.length; i++) slope += gradient[i]! * direction[i]!;
  const usual = Math.sqrt(squaredNorm(gradient) / gradient.length);
  const slopeError = Math.abs(slope - difference) / Math.max(Math.abs(difference), usual);
  return { slope, difference, slopeError: Number.isNaN(slopeError) ? Number.POSITIVE_INFINITY : slopeError };
}

/** Largest |actual - expected| divided by the largest |expected|; by 1 where all of them are 0. */
function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let error = 0;
  let size = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!);
    error = Math.max(error, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
    size = Math.max(size, Math.abs(expected[i]!));
  }
  return error / (size === 0 ? 1 : size);
}

/** Replays both plans from the start, call by call, on the device and in f64: up to the first wrong result all were right. */
async function firstWrongKernel(
  executor: Executor,
  net: GradientNet,
  tolerance: number,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  for (const arena of net.program.arenas) executor.clear(wholeOf(arena));
  const oracle = new Interpreter(net.program);
  for (const [tensor, data] of net.inputs) {
    executor.write(tensor, data);
    oracle.view(tensor).set(data);
  }
  for (const plan of net.calls) {
    await executor.submit(plan, 1, signal);
    oracle.run(plan);
    for (const { kernel, tensors } of plan.calls) {
      const accesses = Object.values(kernel.bindings).map(({ access }) => access);
      for (const tensor of tensors.filter((_, i) => accesses[i] === "read_write")) {
        if (relativeError(await executor.read(tensor), oracle.view(tensor)) > tolerance) return kernel.name;
      }
    }
  }
  return undefined;
}

const wholeOf = (arena: Tensor["arena"]): Tensor => ({
  name: arena.name,
  arena,
  shape: [arena.length],
  type: arena.type,
  offset: 0,
  size: arena.length,
});
