import { gruBeforeSequenceBackward, gruBeforeSequenceForward } from "../gru_before_sequence";
import {
  gruBeforeStepBackwardOutput,
  gruBeforeStepBackwardReset,
  gruBeforeStepForwardGates,
  gruBeforeStepForwardOutput,
} from "../gru_before_step";
import { gruSequenceBackward, gruSequenceForward } from "../gru_sequence";
import { gruStepBackward, gruStepForward } from "../gru_step";
import { type KernelCase, kernelCase, randomFloats } from "./case";
import { gradientFromAbove, paddedWeight } from "./sequences";

type Size = readonly [steps: number, batch: number, hiddenSize: number];

/**
 * Padded and unpadded H, full and partial groups of rows, H over one loop of a workgroup's threads, the largest, and gradients from
 * above at some steps. Few, since each is a pipeline of its own, which a software GPU takes seconds to compile.
 */
const sizes: readonly (readonly [...Size, fromAbove: number])[] = [
  [1, 1, 1, 0],
  [4, 3, 3, 1],
  [5, 4, 32, 0],
  [3, 9, 65, 1],
  [2, 6, 130, 2],
  [2, 5, 257, 1],
  [1, 1, 1024, 1],
];

function sequenceCases([steps, batch, hiddenSize, fromAbove]: (typeof sizes)[number]): KernelCase[] {
  const label = `T=${steps} B=${batch} H=${hiddenSize}`;
  const slot = batch * hiddenSize;
  const scale = 1.5 / Math.sqrt(hiddenSize);
  const scalars = { steps, batch, hidden_size: hiddenSize };
  const forward = {
    gates: randomFloats(61, steps * 3 * slot, -2, 2),
    weight: paddedWeight(62, hiddenSize, 3, hiddenSize, scale),
    hidden: randomFloats(63, (steps + 1) * slot),
    hidden_term: randomFloats(64, steps * slot),
  };
  const backward = {
    gates: savedGates(65, steps * batch, hiddenSize),
    hidden: randomFloats(66, (steps + 1) * slot),
    weight: paddedWeight(67, 3 * hiddenSize, 1, hiddenSize, scale),
    carry_scale: randomFloats(68, steps, 0, 1.5),
    d_hidden: gradientFromAbove(69, steps, slot, fromAbove),
    d_gates: randomFloats(70, steps * 3 * slot),
    d_hidden_term: randomFloats(71, steps * slot),
  };
  const backwardLabel = `${label} from above ${fromAbove}`;
  const backwardScalars = { ...scalars, from_above: fromAbove };
  return [
    kernelCase(gruSequenceForward, label, scalars, { ...forward, bias_hh: randomFloats(72, 3 * hiddenSize) }),
    kernelCase(gruSequenceBackward, backwardLabel, backwardScalars, { ...backward, hidden_term: randomFloats(73, steps * slot) }),
    kernelCase(gruBeforeSequenceForward, label, scalars, forward),
    kernelCase(gruBeforeSequenceBackward, backwardLabel, backwardScalars, backward),
  ];
}

/** [rows, 3H] as a forward pass leaves them: r and z in (0, 1), n in (-1, 1). */
function savedGates(seed: number, rows: number, hiddenSize: number): Float32Array {
  const isNew = (i: number) => i % (3 * hiddenSize) >= 2 * hiddenSize;
  return randomFloats(seed, rows * 3 * hiddenSize).map((value, i) => (isNew(i) ? value : 0.5 + value / 2));
}

function stepCases(step: number, [steps, batch, hiddenSize]: Size): KernelCase[] {
  const label = `step ${step} of T=${steps} B=${batch} H=${hiddenSize}`;
  const slot = batch * hiddenSize;
  const scalars = { step, batch, hidden_size: hiddenSize };
  const gates = randomFloats(81, steps * 3 * slot, -4, 4);
  const saved = savedGates(82, steps * batch, hiddenSize);
  const hidden = randomFloats(83, (steps + 1) * slot);
  const term = randomFloats(84, steps * slot);
  const carryScale = randomFloats(85, steps, 0, 1.5);
  const dCarry = randomFloats(86, slot);
  const dHidden = randomFloats(87, (steps + 1) * slot);
  const dGates = randomFloats(88, steps * 3 * slot);
  const dTerm = randomFloats(89, steps * slot);
  const flowing = { gates: saved, hidden, carry_scale: carryScale, d_carry: dCarry, d_hidden: dHidden, d_gates: dGates };
  return [
    kernelCase(gruStepForward, label, scalars, { gates, bias_hh: randomFloats(90, 3 * hiddenSize), hidden, hidden_term: term }),
    kernelCase(gruStepBackward, label, { ...scalars, steps }, { ...flowing, hidden_term: term, d_hidden_term: dTerm }),
    kernelCase(gruBeforeStepForwardGates, label, scalars, { gates, hidden, hidden_term: term }),
    kernelCase(gruBeforeStepForwardOutput, label, scalars, { gates, hidden }),
    kernelCase(gruBeforeStepBackwardOutput, label, { ...scalars, steps }, flowing),
    kernelCase(gruBeforeStepBackwardReset, label, scalars, {
      gates: saved,
      hidden,
      d_hidden_term: dTerm,
      d_carry: dCarry,
      d_gates: dGates,
    }),
  ];
}

/** Inputs at which the activations' slopes are gone, or which overflow a careless exp or tanh. */
function saturatedCases(): KernelCase[] {
  const extremes = [-1e30, -500, -89, -20, 20, 89, 500, 1e30];
  const size = extremes.length;
  const scalars = { steps: 1, batch: 1, hidden_size: size };
  const hidden = Float32Array.from({ length: 2 * size }, (_, i) => (i < size ? 0.5 : 0));
  // Each extreme in every gate, against different extremes in the others.
  const gates = Float32Array.from([0, 3, 5].flatMap((shift) => extremes.map((_, i) => extremes[(i + shift) % size] ?? 0)));
  const buffers = { gates, weight: paddedWeight(91, size, 3, size, 0.1), hidden, hidden_term: new Float32Array(size) };
  return [
    kernelCase(gruSequenceForward, "saturated", scalars, { ...buffers, bias_hh: new Float32Array(3 * size) }),
    kernelCase(gruBeforeSequenceForward, "saturated", scalars, buffers),
  ];
}

export function gruCases(): KernelCase[] {
  return [...sizes.flatMap(sequenceCases), ...saturatedCases(), ...stepCases(0, [3, 5, 17]), ...stepCases(2, [3, 3, 65])];
}
