import type { Task } from "../config";
import { copySetSizes, copyVocabularySize } from "../data/copy";
import type { DataSize } from "./feed";

/** Sizes of the data sets as published, for estimates before anything is loaded. */
export function nominalSize(task: Task): DataSize {
  switch (task.kind) {
    case "digits":
      return { trainItems: 60_000, validationItems: 10_000, classes: 10 };
    case "text":
      return { trainItems: 1_003_854, validationItems: 111_540, classes: 65 };
    case "copy": {
      const { train, validation } = copySetSizes(task);
      return { trainItems: train, validationItems: validation, classes: copyVocabularySize(task.symbols) };
    }
    default:
      return task satisfies never;
  }
}
