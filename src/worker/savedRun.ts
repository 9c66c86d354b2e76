import type { RunConfig } from "../config";
import { DataError, type Progress } from "../data/dataSource";
import { type Dataset, facts } from "../data/dataset";
import { checkTextFits } from "../data/text";
import { readCheckpoint, writeCheckpoint } from "../files/checkpoint";
import { FileError } from "../files/fileError";
import { type DeviceFacts, noHalf } from "../plan/executor";
import { compileRun } from "../train/compile";
import { identify } from "../train/dataIdentity";
import type { Trainer } from "../train/trainer";
import { placeState, stateBytes, type TrainerState } from "../train/trainerState";

/** A browser holds a file as a whole, twice while it is made or read. */
export const MAX_FILE_BYTES = 1024 ** 3;
const LIMIT = "1 GiB";
const HEADLESS = "The headless program can";

/** A saved run that can go on: read, and checked against its data. */
export interface SavedRun {
  readonly state: TrainerState;
  readonly dataset: Dataset;
}

/** What a file is looked at with. */
export interface Surroundings {
  /** The person's own text, if one is loaded. */
  readonly ownText: string | undefined;
  readonly loadData: (config: RunConfig, onProgress: Progress) => Promise<Dataset>;
  /** The device that the run would train on. @throws ExecutorError if there is none */
  readonly device: () => Promise<DeviceFacts>;
  /** Fraction 0 to 1, absent if unknown. */
  readonly onProgress?: (label: string, fraction?: number) => void;
}

export interface SavedFile {
  readonly name: string;
  readonly step: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const refused = (message: string, advice: string): DataError => new DataError("bad-file", message, advice);
const cannotOpen = (name: string, why: string, advice: string): DataError => refused(`"${name}" cannot be opened. ${why}`, advice);
const inGigabytes = (bytes: number): string => `${(bytes / 1024 ** 3).toFixed(1)} GiB`;

/**
 * The file of a run as it is now.
 * @throws DataError if it would be too large for a browser, ExecutorError if its last step was cut off or the device fails.
 */
export async function saveRun(trainer: Trainer): Promise<SavedFile> {
  const size = stateBytes(trainer.run);
  if (size > MAX_FILE_BYTES) {
    throw refused(
      `The file of this run would take ${inGigabytes(size)}; the page can save up to ${LIMIT}.`,
      `${HEADLESS} save larger runs, with --save.`,
    );
  }
  const state = await trainer.save();
  const { task, model } = state.config;
  const name = `unroll-${task.kind}-${model.cell}-step${state.step}.safetensors`;
  return { name, step: state.step, bytes: withMemory(() => writeCheckpoint(state)) };
}

/**
 * Reads a file and checks all that can be known before it is opened: its numbers, its data set, the device.
 * @throws DataError or ExecutorError, told for people; the signal's reason after an abort.
 */
export async function inspectFile(file: File, surroundings: Surroundings, signal: AbortSignal): Promise<SavedRun> {
  const { ownText, loadData, device, onProgress } = surroundings;
  onProgress?.(`Reading ${file.name}`);
  const state = parse(file.name, await readBytes(file));
  signal.throwIfAborted();
  const { config } = state;
  const found = await device();
  if (config.precision === "f16" && found.half === "none") {
    throw refused(noHalf(found).message, "This run was saved in half precision: open it where WebGPU has shader-f16.");
  }
  if (usesOwnText(config) && ownText === undefined) throw otherText(state, "That text is not loaded.");
  onProgress?.("Loading data");
  const dataset = await loadData(config, (fraction) => onProgress?.("Loading data", fraction)).catch((error: unknown) => {
    if (!(error instanceof DataError && usesOwnText(config))) throw error;
    throw otherText(state, "The text that is loaded cannot be trained on.");
  });
  signal.throwIfAborted();
  const identity = identify(dataset);
  if (usesOwnText(config) && dataset.kind === "text" && identity.fingerprint !== state.data.fingerprint) {
    throw otherText(state, `The text that is loaded is another one, of ${characters(identity)}.`);
  }
  if (dataset.kind === "text" && config.task.kind === "text") checkTextFits(dataset, config.batchSize, config.task.sequenceLength);
  const run = compileRun(config, facts(dataset));
  naming(file.name, () => placeState(run, state, config, identity));
  return { state, dataset };
}

async function readBytes(file: File): Promise<Uint8Array> {
  if (file.size > MAX_FILE_BYTES) {
    throw refused(
      `"${file.name}" has ${inGigabytes(file.size)}; the page can open runs of up to ${LIMIT}.`,
      `${HEADLESS} go on with larger runs, with --resume.`,
    );
  }
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch {
    throw refused(`"${file.name}" could not be read: it was moved or changed since it was chosen, or memory is short.`, "Choose it again.");
  }
}

function parse(name: string, bytes: Uint8Array): TrainerState {
  try {
    return withMemory(() => readCheckpoint(bytes));
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    const advice = error.advice ?? "Choose a file that was saved here or by the headless program, and that is whole.";
    throw cannotOpen(name, error.message, advice);
  }
}

/** Runs `work`, whose DataErrors then name the file. */
function naming(name: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    throw error instanceof DataError ? cannotOpen(name, error.message, error.advice) : error;
  }
}

/** Runs `work`, which throws a RangeError only where the browser gives no memory for another copy of the file. */
function withMemory<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw refused("The browser did not give the memory that this file needs.", "Close other tabs and try again.");
  }
}

const usesOwnText = ({ task }: RunConfig): boolean => task.kind === "text" && task.source === "own";

const characters = ({ trainItems, validationItems, classes }: TrainerState["data"]): string =>
  `${(trainItems + validationItems).toLocaleString("en-US")} characters, ${classes.toLocaleString("en-US")} of them different`;

const otherText = ({ data }: TrainerState, why: string): DataError =>
  refused(
    `This run was trained on a text of its own, of ${characters(data)}, which is not in the file. ${why}`,
    'Drop that text on the page or paste it (Text: "My own text"), then open this file again.',
  );
