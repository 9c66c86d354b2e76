import { advanceCursor, gatherImages, gatherSequences, gatherWindows } from "../gather";
import { COUNTERS_LENGTH } from "../gradient_norm";
import { ceilDiv } from "../kernel";
import { type KernelCase, kernelCase, randomFloats, randomIntegers } from "./case";

const ones = 0xffff_ffff;

function countersAt(cursor: number): Uint32Array {
  const counters = new Uint32Array(COUNTERS_LENGTH).fill(9);
  counters[1] = cursor;
  return counters;
}

function images(steps: number, batch: number, inputSize: number, items: number, cursor: number): KernelCase {
  const label = `T=${steps} B=${batch} I=${inputSize}, ${items} items, cursor ${cursor}`;
  return kernelCase(
    gatherImages,
    label,
    { steps, batch, input_size: inputSize, items },
    {
      images: randomIntegers(51, items * ceilDiv(steps * inputSize, 4), ones),
      labels: randomIntegers(52, items, 10),
      order: Uint32Array.from({ length: items }, (_, i) => items - 1 - i),
      counters: countersAt(cursor),
      x: randomFloats(53, steps * batch * inputSize + 3),
      y: randomIntegers(54, batch + 3, ones),
    },
  );
}

function windows(steps: number, batch: number, laneLength: number, cursor: number): KernelCase {
  const label = `T=${steps} B=${batch}, lanes of ${laneLength}, cursor ${cursor}`;
  return kernelCase(
    gatherWindows,
    label,
    { steps, batch, lane_length: laneLength },
    {
      tokens: randomIntegers(55, batch * laneLength + 1, 65),
      counters: countersAt(cursor),
      x: randomIntegers(56, steps * batch + 3, ones),
      y: randomIntegers(57, steps * batch + 3, ones),
    },
  );
}

function sequences(steps: number, batch: number, items: number, cursor: number): KernelCase {
  return kernelCase(
    gatherSequences,
    `T=${steps} B=${batch}, ${items} items, cursor ${cursor}`,
    { steps, batch, items },
    {
      inputs: randomIntegers(58, items * steps, 10),
      targets: randomIntegers(59, items * steps, ones),
      order: Uint32Array.from({ length: items }, (_, i) => items - 1 - i),
      counters: countersAt(cursor),
      x: randomIntegers(60, steps * batch + 3, ones),
      y: randomIntegers(61, steps * batch + 3, ones),
    },
  );
}

/** Each with a whole batch, a batch that runs past the end, and one wholly past it. */
export function gatherCases(): KernelCase[] {
  return [
    images(1, 1, 1, 1, 0),
    images(28, 3, 28, 7, 1),
    images(3, 5, 3, 7, 1),
    images(3, 5, 3, 7, 2),
    windows(1, 1, 1, 0),
    windows(5, 3, 17, 1),
    windows(5, 3, 17, 3),
    windows(65, 5, 17, 1),
    sequences(1, 1, 1, 0),
    sequences(17, 5, 12, 1),
    sequences(17, 5, 12, 2),
    sequences(17, 5, 12, 3),
    kernelCase(advanceCursor, "by 1", { by: 1 }, { counters: countersAt(5) }),
  ];
}
