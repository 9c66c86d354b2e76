import type { Task } from "../config";
import { type CopyData, copyVocabularySize, makeCopy } from "./copy";
import { DataError, type DataSource, type Progress } from "./dataSource";
import { DIGIT_CLASSES, type DigitsData, loadDigits } from "./digits";
import { loadShakespeare, makeText, type TextData } from "./text";

export type Dataset = DigitsData | TextData | CopyData;

/** A data set as told to people. */
export interface DatasetFacts {
  readonly name: string;
  /** Examples (digits, copy) or characters (text). */
  readonly trainItems: number;
  readonly validationItems: number;
  /** Classes of the head. */
  readonly classes: number;
  /** Text: the characters by token. Else empty. */
  readonly vocabulary: readonly string[];
}

export function facts(dataset: Dataset): DatasetFacts {
  switch (dataset.kind) {
    case "digits":
      return {
        name: "MNIST",
        trainItems: dataset.train.count,
        validationItems: dataset.test.count,
        classes: DIGIT_CLASSES,
        vocabulary: [],
      };
    case "text":
      return {
        name: dataset.name,
        trainItems: dataset.train.length,
        validationItems: dataset.validation.length,
        classes: dataset.vocabulary.length,
        vocabulary: dataset.vocabulary,
      };
    case "copy":
      return {
        name: "Copy memory",
        trainItems: dataset.train.count,
        validationItems: dataset.validation.count,
        classes: copyVocabularySize(dataset.symbols),
        vocabulary: [],
      };
    default:
      return dataset satisfies never;
  }
}

/**
 * Loads or generates the data of a task. `seed` matters to generated data only, `ownText` to the text task with source "own" only.
 * Whether a text is long enough for a run is for `checkTextFits`.
 * @throws DataError if the data are missing or damaged; the signal's reason after an abort.
 */
export async function loadDataset(
  task: Task,
  source: DataSource,
  ownText: string | undefined,
  seed: number,
  onProgress?: Progress,
  signal?: AbortSignal,
): Promise<Dataset> {
  signal?.throwIfAborted();
  switch (task.kind) {
    case "digits":
      return loadDigits(source, onProgress, signal);
    case "text":
      if (task.source === "shakespeare") return loadShakespeare(source, onProgress, signal);
      if (ownText === undefined)
        throw new DataError("no-data", "No text has been chosen to train on.", "Choose a text file, or Tiny Shakespeare.");
      return makeText("Your text", ownText);
    case "copy":
      return makeCopy(task, seed);
    default:
      return task satisfies never;
  }
}
