import { fusedPack, packedSize } from "../fused_pack";
import {
  gruBeforeFusedBackwardOutput,
  gruBeforeFusedBackwardReset,
  gruBeforeFusedForwardGates,
  gruBeforeFusedForwardOutput,
} from "../gru_before_fused";
import { gruFusedBackward, gruFusedForward } from "../gru_fused";
import { lstmFusedBackward, lstmFusedForward } from "../lstm_fused";
import { rnnFusedBackward, rnnFusedForward } from "../rnn_fused";
import { type KernelCase, kernelCase, randomFloats } from "./case";

const STEPS = 3;

/** [B, H]: units and rows on both sides of a panel, a thread's and a workgroup's share. */
const sizes: readonly (readonly [batch: number, hiddenSize: number])[] = [
  [1, 1],
  [3, 8],
  [5, 17],
  [17, 33],
  [70, 37],
  [9, 130],
];

/** Slots of a backward step: the last, into which nothing flows from later ones, one between, and the initial state. */
const slots = [STEPS, 2, 0] as const;

/** Random weights in both packed orders. */
function packed(gates: number, hiddenSize: number): { readonly forward: Float32Array; readonly backward: Float32Array } {
  const size = packedSize(gates, hiddenSize);
  const bound = 1.5 / Math.sqrt(hiddenSize);
  const weights = randomFloats(81, gates * hiddenSize * hiddenSize, -bound, bound);
  const result = { forward: new Float32Array(size.forward), backward: new Float32Array(size.backward) };
  fusedPack.twin({ weight_hh: weights, ...result }, { gates, hidden_size: hiddenSize, has_backward: 1 });
  return result;
}

const label = (step: number, batch: number, hiddenSize: number): string => `step ${step} of ${STEPS}, B=${batch} H=${hiddenSize}`;

function forwardCases([batch, hiddenSize]: readonly [number, number], step: number): KernelCase[] {
  const slot = batch * hiddenSize;
  const scalars = { step, batch, hidden_size: hiddenSize };
  const at = label(step, batch, hiddenSize);
  const gates = (count: number) => randomFloats(82, STEPS * slot * count, -2, 2);
  const hidden = randomFloats(84, (STEPS + 1) * slot);
  const hiddenTerm = randomFloats(86, STEPS * slot);
  const three = packed(3, hiddenSize).forward;
  return [
    kernelCase(rnnFusedForward, at, scalars, {
      gates: gates(1),
      weight: packed(1, hiddenSize).forward,
      bias_hh: randomFloats(83, hiddenSize),
      hidden,
    }),
    kernelCase(lstmFusedForward, at, scalars, {
      gates: gates(4),
      weight: packed(4, hiddenSize).forward,
      bias_hh: randomFloats(83, 4 * hiddenSize),
      hidden,
      cell: randomFloats(85, (STEPS + 1) * slot),
    }),
    kernelCase(gruFusedForward, at, scalars, {
      gates: gates(3),
      weight: three,
      bias_hh: randomFloats(83, 3 * hiddenSize),
      hidden,
      hidden_term: hiddenTerm,
    }),
    kernelCase(gruBeforeFusedForwardGates, at, scalars, { gates: gates(3), weight: three, hidden, hidden_term: hiddenTerm }),
    kernelCase(gruBeforeFusedForwardOutput, at, scalars, { gates: gates(3), weight: three, hidden_term: hiddenTerm, hidden }),
  ];
}

function backwardCases([batch, hiddenSize]: readonly [number, number], step: number, fromAbove: number): KernelCase[] {
  const slot = batch * hiddenSize;
  const scalars = { step, steps: STEPS, batch, hidden_size: hiddenSize, from_above: fromAbove };
  const at = `${label(step, batch, hiddenSize)}, from above ${fromAbove}`;
  const gates = (count: number) => randomFloats(87, STEPS * slot * count, 0.05, 0.95);
  const dGates = (count: number) => randomFloats(88, STEPS * slot * count);
  const hidden = randomFloats(89, (STEPS + 1) * slot);
  const three = packed(3, hiddenSize).backward;
  const shared = { carry_scale: randomFloats(90, STEPS, 0.5, 1.5), d_hidden: randomFloats(91, (STEPS + 1) * slot) };
  return [
    kernelCase(rnnFusedBackward, at, scalars, { hidden, weight: packed(1, hiddenSize).backward, ...shared, d_gates: dGates(1) }),
    kernelCase(lstmFusedBackward, at, scalars, {
      gates: gates(4),
      cell: randomFloats(92, (STEPS + 1) * slot),
      weight: packed(4, hiddenSize).backward,
      ...shared,
      d_cell: randomFloats(93, (STEPS + 1) * slot),
      d_gates: dGates(4),
    }),
    kernelCase(gruFusedBackward, at, scalars, {
      gates: gates(3),
      hidden,
      hidden_term: randomFloats(94, STEPS * slot),
      weight: three,
      ...shared,
      d_gates: dGates(3),
      d_hidden_term: randomFloats(95, STEPS * slot),
    }),
    kernelCase(gruBeforeFusedBackwardOutput, at, scalars, {
      gates: gates(3),
      hidden,
      weight: three,
      ...shared,
      d_hidden_term: randomFloats(95, STEPS * slot),
      d_gates: dGates(3),
    }),
  ];
}

function resetCase([batch, hiddenSize]: readonly [number, number], step: number): KernelCase {
  const slot = batch * hiddenSize;
  return kernelCase(
    gruBeforeFusedBackwardReset,
    label(step, batch, hiddenSize),
    { step, batch, hidden_size: hiddenSize },
    {
      gates: randomFloats(87, STEPS * slot * 3, 0.05, 0.95),
      hidden: randomFloats(89, (STEPS + 1) * slot),
      weight: packed(3, hiddenSize).backward,
      d_gates: randomFloats(88, STEPS * slot * 3),
      d_hidden_term: randomFloats(95, STEPS * slot),
    },
  );
}

function packCase(gates: number, hiddenSize: number, hasBackward: number): KernelCase {
  const size = packedSize(gates, hiddenSize);
  return kernelCase(
    fusedPack,
    `G=${gates} H=${hiddenSize} backward ${hasBackward}`,
    { gates, hidden_size: hiddenSize, has_backward: hasBackward },
    {
      weight_hh: randomFloats(96, gates * hiddenSize * hiddenSize),
      forward: randomFloats(97, size.forward),
      backward: randomFloats(98, hasBackward === 0 ? 3 : size.backward),
    },
  );
}

export function fusedCases(): KernelCase[] {
  return [
    ...[1, 3, 4].flatMap((gates) => [packCase(gates, 1, 1), packCase(gates, 17, 0), packCase(gates, 65, 1)]),
    ...sizes.flatMap((size, i) => [
      ...forwardCases(size, i % STEPS),
      ...slots.flatMap((step, j) => backwardCases(size, step, (i + j) % 2)),
      resetCase(size, i % STEPS),
    ]),
  ];
}
