import { lstmSequenceBackward, lstmSequenceForward } from "../lstm_sequence";
import { lstmStepBackward, lstmStepForward } from "../lstm_step";
import { type KernelCase, kernelCase, randomFloats } from "./case";
import { gradientFromAbove, paddedWeight } from "./sequences";

type Size = readonly [steps: number, batch: number, hiddenSize: number];

/** Padded and unpadded H, partial groups of rows, H over one loop of a workgroup's threads, and gradients from above at some steps. */
const sizes: readonly (readonly [...Size, fromAbove: number])[] = [
  [1, 1, 1, 0],
  [4, 3, 3, 1],
  [5, 2, 5, 0],
  [3, 5, 17, 2],
  [5, 4, 32, 0],
  [3, 9, 65, 1],
  [2, 6, 130, 2],
  [2, 5, 257, 1],
  [1, 2, 513, 1],
];

function sequenceCases([steps, batch, hiddenSize, fromAbove]: (typeof sizes)[number]): KernelCase[] {
  const label = `T=${steps} B=${batch} H=${hiddenSize}`;
  const slot = batch * hiddenSize;
  const scale = 1.5 / Math.sqrt(hiddenSize);
  const scalars = { steps, batch, hidden_size: hiddenSize };
  return [
    kernelCase(lstmSequenceForward, label, scalars, {
      gates: randomFloats(61, steps * 4 * slot, -2, 2),
      weight: paddedWeight(62, hiddenSize, 4, hiddenSize, scale),
      bias_hh: randomFloats(63, 4 * hiddenSize),
      hidden: randomFloats(64, (steps + 1) * slot),
      cell: randomFloats(65, (steps + 1) * slot, -2, 2),
    }),
    kernelCase(
      lstmSequenceBackward,
      `${label} from above ${fromAbove}`,
      { ...scalars, from_above: fromAbove },
      {
        gates: randomFloats(66, steps * 4 * slot, 0, 1),
        cell: randomFloats(67, (steps + 1) * slot, -2, 2),
        weight: paddedWeight(68, 4 * hiddenSize, 1, hiddenSize, scale),
        carry_scale: randomFloats(69, steps, 0, 1.5),
        d_hidden: gradientFromAbove(70, steps, slot, fromAbove),
        d_cell: randomFloats(71, (steps + 1) * slot),
        d_gates: randomFloats(72, steps * 4 * slot),
      },
    ),
  ];
}

function stepCases(step: number, [steps, batch, hiddenSize]: Size): KernelCase[] {
  const label = `step ${step} of T=${steps} B=${batch} H=${hiddenSize}`;
  const slot = batch * hiddenSize;
  return [
    kernelCase(
      lstmStepForward,
      label,
      { step, batch, hidden_size: hiddenSize },
      {
        gates: randomFloats(73, steps * 4 * slot, -4, 4),
        bias_hh: randomFloats(74, 4 * hiddenSize),
        hidden: randomFloats(75, (steps + 1) * slot),
        cell: randomFloats(76, (steps + 1) * slot, -2, 2),
      },
    ),
    kernelCase(
      lstmStepBackward,
      label,
      { step, steps, batch, hidden_size: hiddenSize },
      {
        gates: randomFloats(77, steps * 4 * slot, 0, 1),
        cell: randomFloats(78, (steps + 1) * slot, -2, 2),
        carry_scale: randomFloats(79, steps, 0, 1.5),
        d_carry: randomFloats(80, slot),
        d_hidden: randomFloats(81, (steps + 1) * slot),
        d_cell: randomFloats(82, (steps + 1) * slot),
        d_gates: randomFloats(83, steps * 4 * slot),
      },
    ),
  ];
}

/** Inputs at which the slopes are gone, or which overflow a careless tanh or sigmoid. */
function saturatedCase(): KernelCase {
  const extremes = [-1e30, -500, -89, -20, -9, 9, 20, 89, 500, 1e30];
  const size = extremes.length;
  return kernelCase(
    lstmSequenceForward,
    "saturated",
    { steps: 1, batch: 1, hidden_size: size },
    {
      gates: Float32Array.from([...extremes, ...extremes, ...extremes, ...extremes.toReversed()]),
      weight: paddedWeight(84, size, 4, size, 0.1),
      bias_hh: new Float32Array(4 * size),
      hidden: new Float32Array(2 * size),
      cell: Float32Array.from([...extremes.map((value) => (Math.abs(value) < 100 ? value : 1)), ...new Array<number>(size).fill(0)]),
    },
  );
}

export function lstmCases(): KernelCase[] {
  return [...sizes.flatMap(sequenceCases), saturatedCase(), ...stepCases(0, [3, 5, 17]), ...stepCases(2, [3, 3, 65])];
}
