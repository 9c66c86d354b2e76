import type { RunConfig } from "../config";
import type { Dataset } from "../data/dataset";
import { IMAGE_BYTES, IMAGE_SIDE, WORDS_PER_IMAGE } from "../data/digits";
import { laneLength, validationLanes, windowsPerLane } from "../data/text";
import type { HeadAt } from "../model/network";
import type { Executor } from "../plan/executor";
import type { Plan } from "../plan/plan";
import type { Program } from "../plan/program";
import type { Tensor } from "../plan/tensor";
import { gatherImages, gatherSequences, gatherWindows } from "../shaders/gather";

/** How large a data set is: all that must be known of it to record a run. */
export interface DataSize {
  /** Examples, or characters of a text. */
  readonly trainItems: number;
  readonly validationItems: number;
  /** Classes of the head, and the vocabulary where inputs are tokens. */
  readonly classes: number;
}

/** One half of a data set on the device, and the kernel call that gathers the next batch from it. */
export interface Split {
  readonly batch: number;
  readonly batches: number;
  /** Targets of a full batch that count in the loss. */
  readonly targetsPerBatch: number;
  /** The examples' order, to be written before each epoch; absent where the order is fixed (text). */
  readonly order: Tensor | null;
  readonly items: number;
  /** Gathers batch number counters[1] into x and y. */
  record(plan: Plan, counters: Tensor, x: Tensor, y: Tensor): void;
  upload(executor: Executor, dataset: Dataset): void;
}

export interface Feed {
  readonly headAt: HeadAt;
  /** Width of one step's input: 28 pixels, or 0 for tokens. */
  readonly inputSize: number;
  /** How many steps at the end of a sequence have targets. */
  readonly targetSteps: number;
  readonly train: Split;
  readonly validation: Split;
}

/** Examples of one validation batch: large enough to be quick, small enough to cost little memory. */
const VALIDATION_BATCH = 250;

/** Puts the data set of a run on the device and says how batches come from it. */
export function createFeed(program: Program, config: RunConfig, size: DataSize): Feed {
  switch (config.task.kind) {
    case "digits":
      return {
        headAt: "last",
        inputSize: IMAGE_SIDE,
        targetSteps: 1,
        train: imageSplit(program, "train", size.trainItems, config.batchSize),
        validation: imageSplit(program, "validation", size.validationItems, VALIDATION_BATCH),
      };
    case "text": {
      const { sequenceLength } = config.task;
      const lanes = validationLanes(size.validationItems, config.batchSize, sequenceLength);
      return {
        headAt: "all",
        inputSize: 0,
        targetSteps: sequenceLength,
        train: textSplit(program, "train", size.trainItems, config.batchSize, sequenceLength),
        validation: textSplit(program, "validation", size.validationItems, lanes, sequenceLength),
      };
    }
    case "copy": {
      const { length, delay } = config.task;
      const shape = { steps: 2 * length + delay, targets: length };
      return {
        headAt: "all",
        inputSize: 0,
        targetSteps: length,
        train: sequenceSplit(program, "train", size.trainItems, config.batchSize, shape),
        validation: sequenceSplit(program, "validation", size.validationItems, VALIDATION_BATCH, shape),
      };
    }
    default:
      return config.task satisfies never;
  }
}

type Half = "train" | "validation";

/** Batches of an epoch: whole ones only in training (each epoch leaves out others), every item in validation. */
const batchesOf = (half: Half, items: number, batch: number): number =>
  half === "train" ? Math.max(1, Math.floor(items / batch)) : Math.ceil(items / batch);

function imageSplit(program: Program, half: Half, items: number, wanted: number): Split {
  const batch = Math.min(wanted, items);
  const images = program.tensor(`${half} images`, [items, WORDS_PER_IMAGE], "u32");
  const labels = program.tensor(`${half} labels`, [items], "u32");
  const order = program.tensor(`${half} order`, [items], "u32");
  return {
    batch,
    batches: batchesOf(half, items, batch),
    targetsPerBatch: batch,
    order,
    items,
    record(plan, counters, x, y) {
      plan.call(
        gatherImages,
        { images, labels, order, counters, x, y },
        { steps: IMAGE_BYTES / IMAGE_SIDE, batch, input_size: IMAGE_SIDE, items },
      );
    },
    upload(executor, dataset) {
      if (dataset.kind !== "digits") throw new TypeError(`digits run fed with ${dataset.kind}`);
      const set = half === "train" ? dataset.train : dataset.test;
      executor.write(images, set.images);
      executor.write(labels, set.labels);
    },
  };
}

function textSplit(program: Program, half: Half, items: number, batch: number, steps: number): Split {
  const tokens = program.tensor(`${half} tokens`, [items], "u32");
  const lane = laneLength(items, batch);
  return {
    batch,
    // A window cut short by the end of its lane would weigh its targets too little in a training step.
    batches: half === "train" ? Math.max(1, Math.floor(lane / steps)) : windowsPerLane(items, batch, steps),
    targetsPerBatch: batch * steps,
    order: null,
    items,
    record(plan, counters, x, y) {
      plan.call(gatherWindows, { tokens, counters, x, y }, { steps, batch, lane_length: lane });
    },
    upload(executor, dataset) {
      if (dataset.kind !== "text") throw new TypeError(`text run fed with ${dataset.kind}`);
      executor.write(tokens, half === "train" ? dataset.train : dataset.validation);
    },
  };
}

function sequenceSplit(
  program: Program,
  half: Half,
  items: number,
  wanted: number,
  { steps, targets }: { readonly steps: number; readonly targets: number },
): Split {
  const batch = Math.min(wanted, items);
  const inputs = program.tensor(`${half} inputs`, [items, steps], "u32");
  const expected = program.tensor(`${half} targets`, [items, steps], "u32");
  const order = program.tensor(`${half} order`, [items], "u32");
  return {
    batch,
    batches: batchesOf(half, items, batch),
    targetsPerBatch: batch * targets,
    order,
    items,
    record(plan, counters, x, y) {
      plan.call(gatherSequences, { inputs, targets: expected, order, counters, x, y }, { steps, batch, items });
    },
    upload(executor, dataset) {
      if (dataset.kind !== "copy") throw new TypeError(`copy run fed with ${dataset.kind}`);
      const set = half === "train" ? dataset.train : dataset.validation;
      executor.write(inputs, set.inputs);
      executor.write(expected, set.targets);
    },
  };
}
