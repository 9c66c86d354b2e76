import { finishCarry } from "../finish_carry";
import { packRecurrent } from "../recurrent_pack";
import { rnnSequenceBackward, rnnSequenceForward } from "../rnn_sequence";
import { rnnStepBackward, rnnStepForward } from "../rnn_step";
import { type KernelCase, kernelCase, randomFloats } from "./case";
import { gradientFromAbove, paddedWeight } from "./sequences";

type Size = readonly [steps: number, batch: number, hiddenSize: number];

/** Padded and unpadded H, partial groups of rows, H over one loop of a workgroup's threads, and gradients from above at some steps. */
const sizes: readonly (readonly [...Size, fromAbove: number])[] = [
  [1, 1, 1, 1],
  [4, 3, 3, 0],
  [5, 2, 5, 1],
  [3, 5, 17, 2],
  [6, 4, 32, 0],
  [3, 9, 65, 1],
  [2, 6, 130, 2],
  [2, 5, 257, 1],
  [2, 2, 515, 0],
  [1, 1, 1024, 0],
];

function sequenceCases([steps, batch, hiddenSize, fromAbove]: (typeof sizes)[number]): KernelCase[] {
  const label = `T=${steps} B=${batch} H=${hiddenSize}`;
  const slot = batch * hiddenSize;
  const scale = 1.5 / Math.sqrt(hiddenSize);
  const scalars = { steps, batch, hidden_size: hiddenSize };
  const weight = paddedWeight(11, hiddenSize, 1, hiddenSize, scale);
  return [
    kernelCase(rnnSequenceForward, label, scalars, {
      gates: randomFloats(12, steps * slot),
      weight,
      bias_hh: randomFloats(13, hiddenSize),
      hidden: randomFloats(14, (steps + 1) * slot),
    }),
    kernelCase(
      rnnSequenceBackward,
      `${label} from above ${fromAbove}`,
      { ...scalars, from_above: fromAbove },
      {
        hidden: randomFloats(15, (steps + 1) * slot),
        weight,
        carry_scale: randomFloats(16, steps, 0, 1.5),
        d_hidden: gradientFromAbove(17, steps, slot, fromAbove),
        d_gates: randomFloats(18, steps * slot),
      },
    ),
  ];
}

function stepCases(step: number, [steps, batch, hiddenSize]: Size): KernelCase[] {
  const label = `step ${step} of T=${steps} B=${batch} H=${hiddenSize}`;
  const slot = batch * hiddenSize;
  return [
    kernelCase(
      rnnStepForward,
      label,
      { step, batch, hidden_size: hiddenSize },
      { gates: randomFloats(21, steps * slot, -4, 4), bias_hh: randomFloats(22, hiddenSize), hidden: randomFloats(23, (steps + 1) * slot) },
    ),
    kernelCase(
      rnnStepBackward,
      label,
      { step, steps, batch, hidden_size: hiddenSize },
      {
        hidden: randomFloats(24, (steps + 1) * slot),
        carry_scale: randomFloats(25, steps, 0, 1.5),
        d_carry: randomFloats(26, slot),
        d_hidden: randomFloats(27, (steps + 1) * slot),
        d_gates: randomFloats(28, steps * slot),
      },
    ),
  ];
}

/** Inputs at which tanh's slope is gone, or which overflow a careless tanh. */
function saturatedCase(): KernelCase {
  const gates = Float32Array.of(-1e30, -500, -89, -20, -9, 9, 20, 89, 500, 1e30);
  const size = gates.length;
  return kernelCase(
    rnnSequenceForward,
    "saturated",
    { steps: 1, batch: 1, hidden_size: size },
    { gates, weight: paddedWeight(31, size, 1, size, 0.1), bias_hh: new Float32Array(size), hidden: new Float32Array(2 * size) },
  );
}

export function rnnCases(): KernelCase[] {
  return [
    ...sizes.flatMap(sequenceCases),
    saturatedCase(),
    ...stepCases(0, [3, 5, 17]),
    ...stepCases(2, [3, 3, 65]),
    kernelCase(
      finishCarry,
      "B=3 H=17",
      { batch: 3, hidden_size: 17 },
      { carry_scale: randomFloats(41, 4), d_carry: randomFloats(42, 51), d_hidden: randomFloats(43, 5 * 51) },
    ),
    ...[1, 3, 4].flatMap((gates) =>
      [1, 5, 65].map((hidden) => {
        const size = gates * hidden * Math.ceil(hidden / 4) * 4;
        return kernelCase(
          packRecurrent,
          `G=${gates} H=${hidden}`,
          { gates, hidden },
          {
            weight_hh: randomFloats(51, gates * hidden * hidden),
            forward: randomFloats(52, size),
            backward: randomFloats(53, size),
          },
        );
      }),
    ),
  ];
}
