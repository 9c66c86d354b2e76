import * as v from "valibot";
import { ConfigError, parseRunConfig, type RunConfig } from "../config";
import type { NamedArray, TrainerState } from "../train/trainerState";
import { FileError } from "./fileError";
import { floatTensor, readSafetensors, type StoredTensor, toFloats, toIntegers, uintTensor, writeSafetensors } from "./safetensors";

/**
 * A checkpoint is a safetensors file: parameters under PyTorch's names, so that `load_state_dict(..., strict=False)` takes them, and
 * beside them `moment1.<parameter>`, `moment2.<parameter>`, `carried.hidden_l<layer>`, `carried.cell_l<layer>`, `state.counters` and
 * `state.control`. The rest is JSON in the metadata `unroll`, by `headerSchema`.
 */
const VERSION = 1;
const KEY = "unroll";
/** What is not a parameter. */
const BESIDE = /^(moment[12]|carried|state)\./;

const WHOLE = "must be a whole number of at least 0";
const whole = v.pipe(v.number(WHOLE), v.safeInteger(WHOLE), v.minValue(0, WHOLE));
const text = v.string("must be a text");
const headerSchema = v.object({
  step: whole,
  epoch: whole,
  batch: whole,
  fullyValidatedAt: whole,
  data: v.object({
    kind: v.picklist(["digits", "text", "copy"], "must be digits, text or copy"),
    name: text,
    trainItems: whole,
    validationItems: whole,
    classes: whole,
    fingerprint: text,
  }),
});

/** The file of a saved run. */
export function writeCheckpoint({ arrays, ...header }: TrainerState): Uint8Array<ArrayBuffer> {
  const tensors = arrays.map(({ name, shape, data }) => {
    const tensor = data instanceof Float32Array ? floatTensor(shape, data) : uintTensor(shape, data);
    return [name, tensor] as const;
  });
  return writeSafetensors(tensors, { format: "pt", [KEY]: JSON.stringify({ version: VERSION, ...header }) });
}

/**
 * Reads a saved run. Whether it fits a data set, and its arrays its configuration, is for `Trainer.restore`.
 * @throws FileError if the file is damaged, is no checkpoint, or was written by a newer version.
 */
export function readCheckpoint(bytes: Uint8Array): TrainerState {
  const { tensors, metadata } = readSafetensors(bytes);
  const header = metadata[KEY];
  if (header === undefined) {
    throw new FileError(
      "It is not a checkpoint: it holds tensors, but not where training stood.",
      "Weights alone can start a run in the headless program, with --weights.",
    );
  }
  return { ...readHeader(header), arrays: Array.from(tensors, ([name, tensor]) => toArray(name, tensor)) };
}

/** The parameters in a PyTorch state dict, or in a checkpoint. @throws FileError if the file is damaged or a tensor is not of floats. */
export function readWeights(bytes: Uint8Array): NamedArray[] {
  const { tensors, metadata } = readSafetensors(bytes);
  const isCheckpoint = metadata[KEY] !== undefined;
  return Array.from(tensors)
    .filter(([name]) => !isCheckpoint || !BESIDE.test(name))
    .map(([name, tensor]) => ({ name, shape: tensor.shape, data: toFloats(tensor, name) }));
}

function toArray(name: string, tensor: StoredTensor): NamedArray {
  const { dtype, shape } = tensor;
  if (dtype === "F32") return { name, shape, data: toFloats(tensor, name) };
  if (dtype === "U32") return { name, shape, data: toIntegers(tensor, name) };
  throw new FileError(`${name} is of dtype ${dtype}; a checkpoint holds F32 and U32.`);
}

function readHeader(header: string): Omit<TrainerState, "arrays"> {
  let value: unknown;
  try {
    value = JSON.parse(header);
  } catch {
    throw new FileError("It is damaged: what it says about the training is not JSON.");
  }
  const versioned = v.safeParse(v.looseObject({ version: whole, config: v.unknown() }), value);
  if (!versioned.success) throw new FileError("It is damaged: what it says about the training has no version or no configuration.");
  const { version, config } = versioned.output;
  if (version > VERSION) {
    throw new FileError(
      `It was written by a newer version of Unroll: its format is ${version}, and this one reads up to ${VERSION}.`,
      "Take the newest version of Unroll.",
    );
  }
  const fields = v.safeParse(headerSchema, value);
  if (!fields.success) {
    const [issue] = fields.issues;
    throw new FileError(`It is damaged: ${v.getDotPath(issue) ?? "what it says about the training"} ${issue.message}.`);
  }
  return { ...fields.output, config: readConfig(config) };
}

function readConfig(value: unknown): RunConfig {
  try {
    return parseRunConfig(value);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new FileError(`Its configuration cannot be run: ${error.message}.`);
  }
}
