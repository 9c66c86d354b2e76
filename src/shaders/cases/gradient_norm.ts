import {
  CONTROL_LENGTH,
  COUNTERS_LENGTH,
  clipKinds,
  GRADIENT_PARTIALS,
  gradientBlocks,
  gradientPartials,
  HYPER_LENGTH,
  METRICS_PER_STEP,
  stepFinalize,
} from "../gradient_norm";
import { type KernelCase, kernelCase, randomFloats } from "./case";

/** Hyperparameters as the host writes them. */
export function hyperOf(clipKind: number, clipMax: number, weightDecay = 0.01): Float32Array {
  const hyper = new Float32Array(HYPER_LENGTH);
  hyper.set([0.01, 0.9, 1 - 0.9, 0.999, 1 - 0.999, 1e-8, weightDecay, 0.9, clipKind, clipMax]);
  return hyper;
}

function partials(label: string, gradients: Float32Array, blocks: number, clipKind: number = clipKinds.value): KernelCase {
  const hyper = hyperOf(clipKind, 0.4);
  return kernelCase(
    gradientPartials,
    `${label} blocks=${blocks}`,
    { count: gradients.length, blocks },
    {
      gradients,
      hyper,
      partials: randomFloats(21, (blocks + 1) * GRADIENT_PARTIALS),
    },
  );
}

function withAt(values: Float32Array, index: number, value: number): Float32Array {
  values[index] = value;
  return values;
}

interface Finalize {
  readonly label: string;
  readonly hyper: Float32Array;
  readonly partials: Float32Array;
  readonly step?: number;
  readonly targets?: number;
}

function finalize({ label, hyper, partials, step = 0, targets = 70 }: Finalize): KernelCase {
  const capacity = 3;
  const rows = 70;
  // [row, loss right target]; a row without target has zeros.
  const rowStats = randomFloats(29, 3 * rows, 0, 3).map((value, i) => {
    const row = Math.floor(i / 3);
    if (row % 7 === 3 || row >= targets) return 0;
    return i % 3 === 0 ? value : i % 3 === 1 ? Number(value < 1) : 1;
  });
  const counters = new Uint32Array(COUNTERS_LENGTH).fill(9);
  counters[0] = step;
  const control = randomFloats(22, CONTROL_LENGTH, 0.1, 0.9);
  return kernelCase(
    stepFinalize,
    label,
    { blocks: partials.length / GRADIENT_PARTIALS, rows, capacity },
    {
      partials,
      row_stats: rowStats,
      hyper,
      counters,
      control,
      metrics: randomFloats(23, capacity * METRICS_PER_STEP),
    },
  );
}

export function gradientNormCases(): KernelCase[] {
  const sums = (blocks: number) => randomFloats(blocks, blocks * GRADIENT_PARTIALS, 0, 1);
  return [
    ...[1, 3, 5, 17, 130, 5000].map((count) => partials(`N=${count}`, randomFloats(count, count), gradientBlocks(count))),
    partials("N=130, more blocks than vectors", randomFloats(24, 130), 40),
    partials("N=5000, uneven blocks", randomFloats(25, 5000), 7),
    partials("N=65 unclipped", randomFloats(26, 65, -100, 100), 2, clipKinds.none),
    partials("infinity", withAt(randomFloats(27, 65), 64, Number.POSITIVE_INFINITY), 2, clipKinds.norm),
    partials("not a number", withAt(randomFloats(28, 65), 3, Number.NaN), 2, clipKinds.norm),
    finalize({ label: "no clipping", hyper: hyperOf(clipKinds.none, 0), partials: sums(1) }),
    finalize({ label: "norm clipped", hyper: hyperOf(clipKinds.norm, 0.25), partials: sums(130) }),
    finalize({ label: "norm below the limit", hyper: hyperOf(clipKinds.norm, 1e6), partials: sums(65) }),
    finalize({ label: "zero gradient", hyper: hyperOf(clipKinds.norm, 1), partials: new Float32Array(2 * GRADIENT_PARTIALS) }),
    finalize({ label: "value clipped", hyper: hyperOf(clipKinds.value, 0.25), partials: Float32Array.of(4, 3, 1.75, 2, 1.5, 1.25) }),
    finalize({ label: "the ring wraps", hyper: hyperOf(clipKinds.none, 0), partials: sums(3), step: 7 }),
    finalize({ label: "no targets", hyper: hyperOf(clipKinds.none, 0), partials: new Float32Array(GRADIENT_PARTIALS), targets: 0 }),
    finalize({ label: "infinity", hyper: hyperOf(clipKinds.norm, 1), partials: withAt(sums(5), 6, Number.POSITIVE_INFINITY) }),
    finalize({ label: "not a number", hyper: hyperOf(clipKinds.norm, 1), partials: withAt(sums(5), 9, Number.NaN) }),
  ];
}
