import * as v from "valibot";
import { limits } from "../config";
import { FileError } from "../files/fileError";
import { readSafetensors, type Safetensors, type StoredTensor, toFloats, toIntegers } from "../files/safetensors";
import { type ModelShape, parameterSpecs } from "../model/shape";
import { caseLayout, probeQuantities } from "./probes";
import { type CaseConfig, caseSchema, schemaProblem } from "./schema";

/** The files of one case, wherever they lie. */
export interface CaseFolder {
  /** As the person gave it, for messages. */
  readonly path: string;
  /** @throws FileError, complete with the path, if there is no such file or it cannot be read. */
  read(file: string): Promise<Uint8Array>;
}

/** A number, vector or tensor that PyTorch computed and the replay must compute too. */
export interface Expected {
  /** Such as "logits" or "grad.rnn.weight_ih_l0". */
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** A case read and checked: replaying it can fail only on the device. */
export interface VerifyCase {
  readonly folder: string;
  readonly config: CaseConfig;
  readonly shape: ModelShape;
  /** T and B. */
  readonly extent: { readonly steps: number; readonly batch: number };
  /** Each training step's slice lies after the other. */
  readonly x: Float32Array | Uint32Array;
  readonly y: Uint32Array;
  /** [L, B, H]; null starts from zeros. */
  readonly h0: Float32Array | null;
  readonly c0: Float32Array | null;
  readonly weights: ReadonlyMap<string, Float32Array>;
  readonly expected: readonly Expected[];
}

const INPUTS = "inputs.safetensors";
const WEIGHTS = "weights.safetensors";
const EXPECTED = "expected.safetensors";
const CASE = "case.json";

/** Reads a case and checks everything in it. @throws FileError naming the file and the field or tensor. */
export async function readCase(folder: CaseFolder): Promise<VerifyCase> {
  const config = parseConfig(folder, await folder.read(CASE));
  const shape = shapeOf(config);
  const [inputs, weights, expected] = await Promise.all([INPUTS, WEIGHTS, EXPECTED].map((file) => TensorFile.open(folder, file)));
  if (inputs === undefined || weights === undefined || expected === undefined) throw new RangeError("a file was not opened");
  const read = readInputs(inputs, config, shape);
  return {
    folder: folder.path,
    config,
    shape,
    ...read,
    weights: readWeights(weights, shape),
    expected: readExpected(expected, config, shape, read.extent),
  };
}

function parseConfig({ path }: CaseFolder, bytes: Uint8Array): CaseConfig {
  const problem = (what: string) => new FileError(`${path}/${CASE}: ${what}.`);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw problem("it is not JSON");
  }
  const parsed = v.safeParse(caseSchema, value);
  if (!parsed.success) throw problem(schemaProblem(parsed.issues));
  const { model } = parsed.output;
  if (model.embedding === null && !model.inputSize) throw problem("model.inputSize must be at least 1 where there is no embedding");
  return parsed.output;
}

const shapeOf = ({ model }: CaseConfig): ModelShape => ({
  cell: model.cell,
  inputSize: model.embedding?.dim ?? model.inputSize ?? 0,
  hiddenSize: model.hiddenSize,
  numLayers: model.numLayers,
  vocabulary: model.embedding?.vocab ?? null,
  outputs: model.head.outputs,
});

const list = (shape: readonly (number | string)[]): string => `[${shape.join(", ")}]`;

/** A safetensors file whose every complaint names itself and the tensor. */
class TensorFile {
  readonly #path: string;
  readonly #content: Safetensors;

  private constructor(path: string, content: Safetensors) {
    this.#path = path;
    this.#content = content;
  }

  static async open(folder: CaseFolder, file: string): Promise<TensorFile> {
    const bytes = await folder.read(file);
    const path = `${folder.path}/${file}`;
    return new TensorFile(
      path,
      withPath(path, () => readSafetensors(bytes)),
    );
  }

  get names(): string[] {
    return [...this.#content.tensors.keys()];
  }

  has(name: string): boolean {
    return this.#content.tensors.has(name);
  }

  shapeOf(name: string): readonly number[] {
    return this.#tensor(name).shape;
  }

  isInteger(name: string): boolean {
    return /^[IU]/.test(this.#tensor(name).dtype);
  }

  /** Finite numbers of a shape. */
  floats(name: string, shape: readonly number[], why: string): Float32Array {
    const tensor = this.#tensor(name, shape, why);
    const values = withPath(this.#path, () => toFloats(tensor, name));
    const at = values.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) throw this.problem(`${name} holds ${values[at]} at ${list(indexIn(shape, at))}; every number must be finite`);
    return values;
  }

  /** Whole numbers of a shape, each below a limit. */
  integers(name: string, shape: readonly number[], why: string, below: number, limit: string): Uint32Array {
    const tensor = this.#tensor(name, shape, why);
    const values = withPath(this.#path, () => toIntegers(tensor, name));
    const at = values.findIndex((value) => value >= below);
    if (at >= 0)
      throw this.problem(`${name} holds ${values[at]} at ${list(indexIn(shape, at))}; it must be below ${limit}, which is ${below}`);
    return values;
  }

  problem(what: string): FileError {
    return new FileError(`${this.#path}: ${what}.`);
  }

  #tensor(name: string, shape?: readonly number[], why = ""): StoredTensor {
    const tensor = this.#content.tensors.get(name);
    if (tensor === undefined) throw this.problem(`${name} is missing`);
    if (shape !== undefined && list(tensor.shape) !== list(shape)) {
      throw this.problem(`${name} has the shape ${list(tensor.shape)}; it must be ${list(shape)}, ${why}`);
    }
    return tensor;
  }
}

function withPath<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof FileError) throw new FileError(`${path}: ${error.message}`);
    throw error;
  }
}

/** The place of element `at` in a row-major tensor. */
export function indexIn(shape: readonly number[], at: number): number[] {
  const index: number[] = [];
  let rest = at;
  for (const length of shape.toReversed()) {
    index.unshift(rest % length);
    rest = Math.floor(rest / length);
  }
  return index;
}

function readInputs(file: TensorFile, config: CaseConfig, shape: ModelShape) {
  const known = shape.cell === "lstm" ? ["x", "y", "h0", "c0"] : ["x", "y", "h0"];
  for (const name of file.names) {
    if (name === "c0") {
      if (!known.includes(name)) throw file.problem("c0 is the cell state of an LSTM; this case's cell has none");
    } else if (!known.includes(name)) throw file.problem(`${name} is not one of ${known.join(", ")}`);
  }
  const isTokens = shape.vocabulary !== null;
  const { steps, batch } = extentOf(file, config, isTokens);
  const n = config.steps;
  const at = config.model.head.at;
  const x = isTokens
    ? file.integers("x", [n, steps, batch], "[n, T, B]", shape.vocabulary, "model.embedding.vocab")
    : file.floats("x", [n, steps, batch, shape.inputSize], "[n, T, B, I] with model.inputSize for I");
  const [yShape, yWhy] =
    at === "last" ? [[n, batch], '[n, B] of x for the head at "last"'] : [[n, steps, batch], '[n, T, B] of x for the head at "all"'];
  const y = file.integers("y", yShape, yWhy, shape.outputs, "model.head.outputs");
  const stateShape = [shape.numLayers, batch, shape.hiddenSize];
  const state = (name: string) => (file.has(name) ? file.floats(name, stateShape, "[L, B, H]") : null);
  return { extent: { steps, batch }, x, y, h0: state("h0"), c0: state("c0") };
}

/** T and B, which only the shape of x tells. */
function extentOf(file: TensorFile, config: CaseConfig, isTokens: boolean): { readonly steps: number; readonly batch: number } {
  const shape = file.shapeOf("x");
  const symbols = isTokens ? "[n, T, B] of tokens, since there is an embedding" : "[n, T, B, I], since there is no embedding";
  if (file.isInteger("x") !== isTokens || shape.length !== (isTokens ? 3 : 4)) {
    const kind = file.isInteger("x") ? "integers" : "floating-point numbers";
    throw file.problem(`x holds ${kind} of the shape ${list(shape)}; it must be ${symbols}`);
  }
  const [n, steps = 0, batch = 0] = shape;
  if (n !== config.steps) throw file.problem(`x has ${n} steps; ${CASE} says that steps is ${config.steps}`);
  for (const [name, value, { min, max }] of [
    ["T", steps, limits.sequenceLength],
    ["B", batch, limits.batchSize],
  ] as const) {
    if (value < min || value > max) throw file.problem(`x has the shape ${list(shape)}; ${name} must be from ${min} to ${max}`);
  }
  return { steps, batch };
}

function readWeights(file: TensorFile, shape: ModelShape): ReadonlyMap<string, Float32Array> {
  const specs = parameterSpecs(shape);
  const known = new Set(specs.map(({ name }) => name));
  for (const name of file.names) if (!known.has(name)) throw file.problem(`${name} is not a parameter of this model`);
  const weights = new Map(
    specs.map((spec): [string, Float32Array] => [spec.name, file.floats(spec.name, spec.shape, `as model in ${CASE} says`)]),
  );
  for (const [name, values] of weights) {
    if (shape.cell !== "gru_reset_before" || !name.startsWith("rnn.bias_hh")) continue;
    if (values.some((value) => value !== 0)) throw file.problem(`${name} must be all zeros: gru_reset_before keeps its biases in bias_ih`);
  }
  return weights;
}

function readExpected(file: TensorFile, config: CaseConfig, shape: ModelShape, extent: VerifyCase["extent"]): Expected[] {
  const shapes = expectedShapes(config, shape, extent);
  const names = file.names;
  if (names.length === 0) throw file.problem("it is empty, so there is nothing to compare");
  for (const name of names) {
    if (shapes.has(name)) continue;
    if (name === "c_n") throw file.problem("c_n is the cell state of an LSTM; this case's cell has none");
    const kinds = "logits, loss, grad_norm, grad.<parameter>, param.<parameter>, h_n, c_n and probe.<what>";
    throw file.problem(`${name} is no quantity of this case; there are ${kinds}`);
  }
  // In the order in which a step computes them, since the first that fails tells most.
  return [...shapes]
    .filter(([name]) => file.has(name))
    .map(([name, { dims, why }]) => ({ name, shape: dims, values: file.floats(name, dims, why) }));
}

function expectedShapes(config: CaseConfig, shape: ModelShape, { steps, batch }: VerifyCase["extent"]) {
  const { outputs, hiddenSize, numLayers } = shape;
  const specs = parameterSpecs(shape);
  const state = { dims: [numLayers, batch, hiddenSize], why: "[L, B, H]" };
  const logits =
    config.model.head.at === "last"
      ? { dims: [batch, outputs], why: "[B, outputs]" }
      : { dims: [steps, batch, outputs], why: "[T, B, outputs]" };
  const perStep = { dims: [config.steps], why: "one number for each step" };
  const byParameter = (prefix: string) =>
    specs.map((spec) => [`${prefix}.${spec.name}`, { dims: spec.shape, why: "the shape of the parameter" }] as const);
  return new Map<string, { readonly dims: readonly number[]; readonly why: string }>([
    ["logits", logits],
    ["loss", perStep],
    ["grad_norm", perStep],
    ...byParameter("grad"),
    ...byParameter("param"),
    ["h_n", state],
    ...(shape.cell === "lstm" ? [["c_n", state] as const] : []),
    ...probeQuantities(caseLayout(shape, steps)),
  ]);
}
