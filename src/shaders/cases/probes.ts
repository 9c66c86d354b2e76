import { CONTROL_LENGTH, COUNTERS_LENGTH, clipKinds, controlIndex } from "../gradient_norm";
import {
  keepValues,
  PARAMETER_BLOCKS,
  PARAMETER_COLUMNS,
  PARAMETER_SUMS,
  parameterBlocks,
  parameterProbe,
  probeFinalize,
} from "../parameter_probe";
import { SPECTRAL_VECTORS, spectralProbe } from "../spectral_probe";
import { horizonProbe, PROBE_STATE_LENGTH, STATE_COLUMNS, stateProbe } from "../state_probe";
import { type KernelCase, kernelCase, randomFloats } from "./case";
import { hyperOf } from "./gradient_norm";
import type { Tolerance } from "./tolerance";

const CAPACITY = 3;

const stateOf = (rows: number): Uint32Array => {
  const state = new Uint32Array(PROBE_STATE_LENGTH).fill(9);
  state[0] = rows;
  return state;
};

const controlOf = (lossScale: number): Float32Array => {
  const control = randomFloats(301, CONTROL_LENGTH);
  control[controlIndex.lossScale] = lossScale;
  return control;
};

interface States {
  readonly label?: string;
  readonly size: readonly [steps: number, batch: number, hiddenSize: number, gates: number];
  readonly hasCell?: boolean;
  readonly scaled?: boolean;
  /** Size of the gradients. */
  readonly magnitude?: number;
  readonly hidden?: readonly [low: number, high: number];
  readonly change?: (buffers: { gates: Float32Array; hidden: Float32Array; dHidden: Float32Array; dCell: Float32Array }) => void;
  readonly tolerance?: Tolerance;
}

function statesCase(kind: "states" | "horizon", options: States): KernelCase {
  const { size, hasCell = false, scaled = false, magnitude = 1, hidden: [low, high] = [-1, 1], change, tolerance } = options;
  const [steps, batch, hiddenSize, gates] = size;
  const label = `${options.label ?? "states"} T=${steps} B=${batch} H=${hiddenSize} G=${gates}${hasCell ? " cell" : ""}${scaled ? " scaled" : ""}`;
  const slot = batch * hiddenSize;
  const offset = 5;
  const width = offset + steps * (STATE_COLUMNS + 2 * gates) + 2;
  const buffers = {
    gates: randomFloats(302, slot + steps * gates * slot, -1.2, 1.2),
    hidden: randomFloats(303, (steps + 1) * slot, low, high),
    dHidden: randomFloats(304, (steps + 1) * slot, -magnitude, magnitude),
    dCell: randomFloats(305, hasCell ? (steps + 1) * slot : 1, -magnitude, magnitude),
  };
  change?.(buffers);
  const shared = { control: controlOf(1024), probe_state: stateOf(7), probes: randomFloats(306, CAPACITY * width) };
  const extent = { steps, batch, hidden_size: hiddenSize, has_cell: hasCell ? 1 : 0, scaled: scaled ? 1 : 0 };
  const place = { capacity: CAPACITY, width, offset };
  if (kind === "horizon") {
    const scales = { scale_all: 3.5, scale_one: 11 };
    return kernelCase(
      horizonProbe,
      label,
      { ...extent, ...scales, ...place },
      { d_hidden: buffers.dHidden, d_cell: buffers.dCell, ...shared },
      tolerance,
    );
  }
  return kernelCase(
    stateProbe,
    label,
    { ...extent, gate_count: gates, gate_offset: slot, tanh_gates: 0b0110, low: 0.1, high: 0.9, tanh_limit: 0.97, ...place },
    { gates: buffers.gates, hidden: buffers.hidden, d_hidden: buffers.dHidden, d_cell: buffers.dCell, ...shared },
    tolerance,
  );
}

/** Relative alone: the numbers are tiny or huge. */
const relative: Tolerance = { abs: 1e-37, rel: 1e-3 };

function stateCases(): KernelCase[] {
  const each = (options: States): KernelCase[] => [statesCase("states", options), statesCase("horizon", options)];
  return [
    ...each({ size: [1, 1, 1, 1] }),
    ...each({ size: [3, 2, 5, 3] }),
    ...each({ size: [4, 3, 17, 4], hasCell: true }),
    ...each({ size: [2, 5, 33, 4], hasCell: true, scaled: true }),
    ...each({ size: [7, 9, 16, 1] }),
    ...each({ label: "saturated", size: [3, 4, 31, 2], hidden: [0.99999, 1] }),
    ...each({ label: "vanishing", size: [3, 4, 31, 3], magnitude: 1e-33, hidden: [0.2, 0.9], tolerance: relative }),
    ...each({ label: "exploding", size: [3, 4, 31, 3], magnitude: 1e30, hidden: [0.2, 0.9], tolerance: relative }),
    ...each({
      label: "not finite",
      size: [3, 2, 9, 4],
      hasCell: true,
      change({ gates, hidden, dHidden, dCell }) {
        const slot = 18;
        gates[slot + 1] = Number.NaN;
        gates[slot + 3] = Number.POSITIVE_INFINITY;
        gates[slot + 4 * slot + 2] = Number.NEGATIVE_INFINITY;
        hidden[3 * slot + 8] = Number.NaN;
        dHidden[2 * slot + 17] = Number.POSITIVE_INFINITY;
        dHidden[3 * slot] = Number.NaN;
        dCell[slot + 5] = Number.NEGATIVE_INFINITY;
      },
    }),
  ];
}

function parameterCase(label: string, count: number, clipKind: number, blocks = parameterBlocks(count)): KernelCase {
  const values = randomFloats(310, count);
  return kernelCase(
    parameterProbe,
    `${label} N=${count} blocks=${blocks}`,
    { count, blocks, first: 2 },
    {
      gradients: randomFloats(311, count),
      values,
      kept: values.map((value, i) => Math.fround(value + 0.01 * Math.sin(i))),
      hyper: hyperOf(clipKind, 0.4),
      partials: randomFloats(312, PARAMETER_SUMS * (3 + PARAMETER_BLOCKS)),
    },
  );
}

interface Finalize {
  readonly label: string;
  readonly parameters?: number;
  readonly clipKind?: number;
  readonly partials?: (index: number) => number;
  readonly hasHorizon?: number;
}

function finalizeCase({ label, parameters = 3, clipKind = clipKinds.value, partials, hasHorizon = 1 }: Finalize): KernelCase {
  const offset = 4;
  const width = offset + PARAMETER_COLUMNS * parameters + 1;
  const random = randomFloats(315, parameters * PARAMETER_BLOCKS * PARAMETER_SUMS, 0, 1);
  const counters = new Uint32Array(COUNTERS_LENGTH).fill(5);
  counters[0] = 1230;
  return kernelCase(
    probeFinalize,
    label,
    { parameters, has_horizon: hasHorizon, capacity: CAPACITY, width, offset },
    {
      partials: partials === undefined ? random : random.map((_, i) => partials(i)),
      hyper: hyperOf(clipKind, 0.4),
      counters,
      probe_state: stateOf(4),
      probes: randomFloats(316, CAPACITY * width),
    },
  );
}

type Matrix = (row: number, column: number) => number;

function spectralCase(label: string, size: number, matrices: readonly Matrix[], iterations = 16): KernelCase {
  const gates = matrices.length;
  const weight = Float32Array.from({ length: gates * size * size }, (_, i) => {
    const matrix = matrices[Math.floor(i / (size * size))];
    return matrix === undefined ? 0 : matrix(Math.floor(i / size) % size, i % size);
  });
  const vectorOffset = 4;
  const width = gates + 3;
  return kernelCase(
    spectralProbe,
    `${label} H=${size} G=${gates}`,
    { hidden_size: size, gates, iterations, vector_offset: vectorOffset, capacity: CAPACITY, width, offset: 2 },
    {
      weight_hh: weight,
      vectors: randomFloats(320, vectorOffset + gates * SPECTRAL_VECTORS * size + 2),
      probe_state: stateOf(8),
      probes: randomFloats(321, CAPACITY * width),
    },
    // Of a few matrices the iteration is not at its end: rounding is then carried on by what still changes.
    { abs: 2e-4, rel: 2e-3 },
  );
}

/** A diagonal and what couples neighbours, which makes it non-normal. */
const diagonal =
  (entries: (row: number) => number, coupling = 0): Matrix =>
  (row, column) =>
    row === column ? entries(row) : column === row + 1 ? coupling : 0;

/** Turns the first two coordinates by an angle and scales them; the others shrink. */
const rotation =
  (radius: number, angle: number): Matrix =>
  (row, column) => {
    if (row > 1 || column > 1) return row === column ? 0.3 : 0;
    return radius * (row === column ? Math.cos(angle) : (row - column) * Math.sin(angle));
  };

function spectralCases(): KernelCase[] {
  const noise = randomFloats(322, 70 * 70, -0.2, 0.2);
  return [
    spectralCase("one", 1, [() => -0.75]),
    spectralCase("zero, real, complex", 5, [() => 0, diagonal((row) => (row === 2 ? -1.4 : 0.5), 0.1), rotation(0.9, 1)]),
    spectralCase("two real ones of one size", 6, [diagonal((row) => (row === 0 ? 0.8 : row === 1 ? -0.8 : 0.1))], 17),
    spectralCase("complex", 9, [rotation(1.3, 0.4), rotation(0.5, 2), rotation(0.02, 1.5), rotation(2, 3)]),
    spectralCase("many mixed", 70, [(row, column) => noise[row * 70 + column] ?? 0]),
    spectralCase("over the threads", 261, [diagonal((row) => (row === 3 ? 1.2 : 0.4)), rotation(0.7, 0.8)], 8),
    spectralCase("not a number", 5, [diagonal((row) => (row === 2 ? Number.NaN : 0.5)), rotation(0.9, 1)]),
  ];
}

export function probeCases(): KernelCase[] {
  return [
    ...stateCases(),
    ...[1, 5, 130].map((count) =>
      kernelCase(keepValues, `N=${count}`, { count }, { source: randomFloats(308, count), kept: randomFloats(309, count + 3) }),
    ),
    ...[1, 3, 17, 130, 5000].map((count) => parameterCase("clipped by value", count, clipKinds.value)),
    parameterCase("uneven blocks", 5000, clipKinds.value, 7),
    parameterCase("clipped by norm", 65, clipKinds.norm),
    finalizeCase({ label: "clipped by value" }),
    finalizeCase({ label: "many parameters", parameters: 70, hasHorizon: 0 }),
    finalizeCase({ label: "not clipped", clipKind: clipKinds.none }),
    finalizeCase({ label: "all zero", partials: () => 0 }),
    finalizeCase({
      label: "infinite",
      partials: (i) => (i === 3 * PARAMETER_SUMS ? Number.POSITIVE_INFINITY : 1),
      clipKind: clipKinds.norm,
    }),
    ...spectralCases(),
  ];
}
