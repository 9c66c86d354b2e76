import { CONTROL_LENGTH, COUNTERS_LENGTH, controlIndex, counterIndex, METRICS_PER_STEP } from "../gradient_norm";
import { countUnderflow, narrow, underflowBlocks, unscale, updateScale } from "../loss_scaling";
import { type KernelCase, kernelCase, randomFloats, randomIntegers } from "./case";

function controlWith(lossScale: number, finite = 1): Float32Array {
  const control = randomFloats(101, CONTROL_LENGTH);
  control[controlIndex.lossScale] = lossScale;
  control[controlIndex.finite] = finite;
  return control;
}

const narrowCase = (count: number, scaled: number): KernelCase =>
  kernelCase(
    narrow,
    `N=${count} scaled=${scaled}`,
    { count, scaled },
    { source: randomFloats(102, count + 2), control: controlWith(512), target: randomFloats(103, count + 3) },
  );

function underflowCase(label: string, steps: number, perStep: number, reach: Float32Array, spread: number): KernelCase {
  const count = steps * perStep;
  const blocks = underflowBlocks(count);
  // From far below 2^-14 to far above.
  const dGates = randomFloats(104, count).map((x, i) => (i % 7 === 0 ? 0 : x * 2 ** -((i % spread) + 4)));
  return kernelCase(
    countUnderflow,
    label,
    { count, per_step: perStep, blocks, first_block: 2 },
    { d_gates: dGates, reach, counts: randomIntegers(105, blocks + 4, 1000) },
  );
}

const unscaleCase = (count: number): KernelCase =>
  kernelCase(unscale, `N=${count}`, { count }, { control: controlWith(65_536), gradients: randomFloats(106, count + 3, -1e4, 1e4) });

interface Update {
  readonly label: string;
  readonly finite: number;
  readonly good: number;
  readonly scale?: number;
}

function updateCase({ label, finite, good, scale = 1024 }: Update): KernelCase {
  const capacity = 3;
  const counters = new Uint32Array(COUNTERS_LENGTH).fill(7);
  counters[counterIndex.good] = good;
  return kernelCase(
    updateScale,
    label,
    { blocks: 5, steps: 4, counted_per_step: 1250, growth_interval: 10, capacity },
    {
      counts: randomIntegers(107, 5, 1000),
      reach: Float32Array.of(0, 1, 1, 1, 1),
      control: controlWith(scale, finite),
      counters,
      metrics: randomFloats(108, capacity * METRICS_PER_STEP),
    },
  );
}

export function lossScalingCases(): KernelCase[] {
  return [
    ...[1, 5, 17, 130].flatMap((count) => [narrowCase(count, 0), narrowCase(count, 1)]),
    underflowCase("T=1, one element", 1, 1, Float32Array.of(1), 3),
    underflowCase("T=5, two steps out of reach", 5, 17, Float32Array.of(0, 0, 1, 1, 1), 20),
    underflowCase("T=7, several blocks", 7, 999, Float32Array.of(1, 1, 1, 0, 1, 1, 1), 24),
    ...[1, 17, 130].map(unscaleCase),
    updateCase({ label: "a good step", finite: 1, good: 3 }),
    updateCase({ label: "the scale grows", finite: 1, good: 9 }),
    updateCase({ label: "a skipped step", finite: 0, good: 8 }),
    updateCase({ label: "the largest scale", finite: 1, good: 9, scale: 2 ** 127 }),
  ];
}
