import type { RunConfig } from "../config";
import { configOverrides, getField } from "../configPath";
import { DataError } from "../data/dataSource";
import type { HostArray } from "../plan/executor";
import { firstOf, type Tensor } from "../plan/tensor";
import { controlIndex, counterIndex } from "../shaders/gradient_norm";
import type { CompiledRun } from "./compile";
import { type DataIdentity, differentData } from "./dataIdentity";

/** A tensor's content on the host: row-major, floats or counts. */
export interface NamedArray {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: HostArray;
}

/** Where a run stands, complete: going on from it gives the same numbers as never having stopped. */
export interface TrainerState {
  /** As tuned on the way. */
  readonly config: RunConfig;
  readonly data: DataIdentity;
  /** Optimizer steps done. */
  readonly step: number;
  /** Epochs done, and batches of the next one. */
  readonly epoch: number;
  readonly batch: number;
  /** The step at which the whole validation set was last gone through. */
  readonly fullyValidatedAt: number;
  readonly arrays: readonly NamedArray[];
}

/** The settings that may differ between a saved run and its continuation: no tensor and no order depends on them. */
export const changeableSettings: readonly string[] = ["optimizer.lr", "clip.kind", "clip.max", "epochs"];

interface StateTensor {
  readonly name: string;
  readonly tensor: Tensor;
}

const COUNTERS = "state.counters";
const CONTROL = "state.control";
/** Of a state on the host, where f16 tensors are read as f32. */
const BYTES_PER_ELEMENT = 4;

/** The name of a layer's carried state: h, and the LSTM's c. */
export const carriedName = (layer: number, index: number): string => `carried.${index === 0 ? "hidden" : "cell"}_l${layer}`;

/** Every tensor that outlives a step, with its name in a file. */
function stateTensors({ parameters, state, train }: CompiledRun): StateTensor[] {
  const moments = parameters.moments.flatMap(({ tensors }, i) =>
    tensors.map((tensor) => ({ name: `moment${i + 1}.${tensor.name}`, tensor })),
  );
  const carried = train.graph.layers.flatMap(({ states }, layer) =>
    // The state before the first step is the only slot that the next step reads before it is written.
    states.map((tensor, i) => ({ name: carriedName(layer, i), tensor: firstOf(tensor) })),
  );
  return [
    ...parameters.values.tensors.map((tensor) => ({ name: tensor.name, tensor })),
    ...moments,
    ...carried,
    { name: COUNTERS, tensor: state.counters },
    // It keeps the last gradient's norm, which overflows where training diverges.
    { name: CONTROL, tensor: state.control },
  ];
}

/** True for the array that may hold infinities or not-a-number in a run that is well. */
export const mayHoldAnyNumber = (name: string): boolean => name === CONTROL;

/** Bytes of all tensors of the state. */
export const stateBytes = (run: CompiledRun): number =>
  stateTensors(run).reduce((sum, { tensor }) => sum + tensor.size * BYTES_PER_ELEMENT, 0);

/** Reads every tensor of the state. */
export async function readState(run: CompiledRun, read: (tensor: Tensor) => Promise<HostArray>): Promise<NamedArray[]> {
  const arrays: NamedArray[] = [];
  for (const { name, tensor } of stateTensors(run)) arrays.push({ name, shape: tensor.shape, data: await read(tensor) });
  return arrays;
}

const unfit = (message: string, advice: string): DataError => new DataError("bad-file", message, advice);
const DAMAGED = "The file is damaged or was changed; take another one.";

/**
 * Where each array of a state belongs. Writes nothing.
 * @throws DataError if the state is of other settings or another data set, if arrays are missing, left over or of the wrong shape or type,
 * if a number is not finite or not one that training can arrive at, or if the counters contradict the step.
 */
export function placeState(run: CompiledRun, state: TrainerState, config: RunConfig, data: DataIdentity): (readonly [Tensor, HostArray])[] {
  const [changed] = configOverrides(config, state.config).find(([path]) => !changeableSettings.includes(path)) ?? [];
  if (changed !== undefined) {
    const [there, here] = [state.config, config].map((each) => getField(each, changed) ?? "absent");
    throw unfit(`The checkpoint was saved with other settings: ${changed} is ${there} there and ${here} here.`, "Use its own settings.");
  }
  const different = differentData(state.data, data);
  if (different !== null) throw unfit(different, "Give the data that the run was started with.");
  const placed = place(stateTensors(run), state.arrays, { lacks: "The checkpoint lacks", has: "The checkpoint has", advice: DAMAGED });
  const counters = state.arrays.find(({ name }) => name === COUNTERS)?.data ?? [];
  const { batches } = run.feed.train;
  // At the end of an epoch the cursor stays behind the last batch until the next epoch begins.
  const cursor = counters[counterIndex.cursor] ?? Number.NaN;
  const [skipped = 0, good = 0] = [counters[counterIndex.skipped], counters[counterIndex.good]];
  const fits =
    state.epoch * batches + state.batch === state.step && state.batch < batches && cursor <= batches && skipped + good <= state.step;
  if (!fits || counters[counterIndex.step] !== state.step || cursor % batches !== state.batch || state.fullyValidatedAt > state.step) {
    throw unfit(`The checkpoint contradicts itself: its counters do not fit step ${state.step}.`, DAMAGED);
  }
  refuseImpossible(state.arrays, config);
  return placed;
}

/** Below this every gradient of the logits, at most 1, becomes 0 in f16, whose smallest number it is. */
const SMALLEST_LOSS_SCALE = 2 ** -24;

/** @throws DataError for finite numbers that no training arrives at and that would spoil what follows without a word. */
function refuseImpossible(arrays: readonly NamedArray[], { optimizer, precision }: RunConfig): void {
  const control = arrays.find(({ name }) => name === CONTROL)?.data ?? [];
  const scale = control[controlIndex.lossScale] ?? Number.NaN;
  // It is only ever doubled and halved.
  const isScale = Number.isFinite(scale) && scale >= SMALLEST_LOSS_SCALE && scale === 2 ** Math.round(Math.log2(scale));
  if (precision === "f16" && !isScale) {
    throw unfit(`${CONTROL} holds the loss scale ${scale}, which must be a finite power of two and at least 2^-24.`, DAMAGED);
  }
  if (optimizer.kind === "sgd") return;
  for (const [index, beta] of [
    [controlIndex.biasCorrection1, optimizer.beta1],
    [controlIndex.biasCorrection2, optimizer.beta2],
  ] as const) {
    const correction = control[index] ?? Number.NaN;
    // 1 - beta^t summed up in f32, which WGSL may round up: of what it is off by, each step keeps the fraction beta.
    const most = 1 + 2 ** -22 / (1 - beta);
    if (!(correction >= 0 && correction <= most)) {
      throw unfit(`${CONTROL} holds the bias correction ${correction} at index ${index}, which must be from 0 to 1.`, DAMAGED);
    }
  }
  for (const { name, data } of arrays) {
    const negative = name.startsWith("moment2.") ? data.findIndex((value: number) => value < 0) : -1;
    if (negative >= 0) throw unfit(`${name} holds ${data[negative]} at index ${negative}; a mean of squares is never negative.`, DAMAGED);
  }
}

/**
 * Where each of the given weights belongs: all parameters of the run, and nothing else. Writes nothing.
 * @throws DataError naming the first that is missing, left over, of another shape, or not finite.
 */
export function placeWeights(run: CompiledRun, weights: readonly NamedArray[]): (readonly [Tensor, HostArray])[] {
  const { specs, values } = run.parameters;
  const expected = values.tensors.map((tensor) => ({ name: tensor.name, tensor }));
  const placed = place(expected, weights, {
    lacks: "The weights lack",
    has: "The weights have",
    advice: "Choose the settings of the model that these weights are of.",
  });
  for (const { name, init } of specs) {
    const zeros = init.kind === "zeros" ? weights.find((each) => each.name === name) : undefined;
    if (zeros?.data.some((value) => value !== 0) === true) {
      throw unfit(
        `${name} must be zero: the reset-before GRU has one bias for each gate, in ${name.replace("_hh", "_ih")}.`,
        "Add its numbers to that one, and make it zero.",
      );
    }
  }
  return placed;
}

interface Telling {
  readonly lacks: string;
  readonly has: string;
  readonly advice: string;
}

function place(expected: readonly StateTensor[], arrays: readonly NamedArray[], telling: Telling): (readonly [Tensor, HostArray])[] {
  const { lacks, has, advice } = telling;
  const given = new Map(arrays.map((array) => [array.name, array]));
  const placed = expected.map(({ name, tensor }) => {
    const array = given.get(name);
    if (array === undefined) throw unfit(`${lacks} ${name}.`, advice);
    given.delete(name);
    if (array.shape.join() !== tensor.shape.join()) {
      throw unfit(`${name} has the shape [${array.shape.join(", ")}]; this run needs [${tensor.shape.join(", ")}].`, advice);
    }
    if (array.data instanceof Uint32Array !== (tensor.type === "u32")) {
      throw unfit(`${name} holds the wrong kind of numbers; they must be ${tensor.type === "u32" ? "whole" : "floating-point"}.`, advice);
    }
    const wrong = mayHoldAnyNumber(name) ? -1 : array.data.findIndex((value: number) => !Number.isFinite(value));
    if (wrong >= 0) throw unfit(`${name} holds ${array.data[wrong]} at index ${wrong}, which is not a finite number.`, advice);
    return [tensor, array.data] as const;
  });
  const [left] = given.keys();
  if (left !== undefined) throw unfit(`${has} ${left}, which this run does not.`, advice);
  return placed;
}
