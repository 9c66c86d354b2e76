import type { Plan } from "../plan/plan";
import type { Program } from "../plan/program";
import type { Tensor } from "../plan/tensor";
import { horizonColumns, type ProbeLayout, probeGates, SATURATION } from "../probes";
import { keepValues, PARAMETER_BLOCKS, PARAMETER_SUMS, parameterBlocks, parameterProbe, probeFinalize } from "../shaders/parameter_probe";
import { initNormal } from "../shaders/random_init";
import { SPECTRAL_VECTORS, spectralProbe } from "../shaders/spectral_probe";
import { horizonProbe, PROBE_STATE_LENGTH, stateProbe } from "../shaders/state_probe";
import type { CellGradients, CellTensors } from "./cells/cell";
import type { Graph } from "./network";
import type { Parameters } from "./parameters";
import type { ModelShape } from "./shape";
import type { StepState } from "./training";

/** Memory for the ring of rows, and how many rows it has at least and at most. */
const RING_BYTES = 4 * 1024 * 1024;
const MIN_ROWS = 8;
const MAX_ROWS = 64;
/** Steps of the power iteration in a probe: so many, but for large matrices fewer, of about this many multiplications together. */
const ITERATIONS = { most: 8, fewest: 2, products: 2 ** 20 } as const;
/** With a horizon, which is rarer and which the first probe has, it is so many times as many. */
const LONG_ITERATION = 5;
/** Stream of the seed that the power iteration's vectors are drawn from; the parameters have the first ones. */
const SPECTRAL_STREAM = 0x5bec;

const iterationsOf = (hiddenSize: number): number =>
  Math.max(ITERATIONS.fewest, Math.min(ITERATIONS.most, Math.floor(ITERATIONS.products / hiddenSize ** 2)));

/** Rows of a ring with rows of this width. */
const ringRows = (width: number): number =>
  Math.max(MIN_ROWS, Math.min(MAX_ROWS, Math.floor(RING_BYTES / (width * Float32Array.BYTES_PER_ELEMENT))));

interface ProbingOptions {
  readonly layout: ProbeLayout;
  readonly shape: ModelShape;
  readonly batch: number;
  /** Targets of a batch, over which the loss is the mean. */
  readonly targetCount: number;
  readonly parameters: Parameters;
  readonly state: StepState;
  readonly seed: number;
}

/**
 * The probes of one training plan: kernel calls that look at what a step computes and write a row of numbers (src/probes.ts) into a ring
 * on the device. They write nothing that training reads.
 */
export class Probing {
  /** [capacity, width]; row n of the run is in place n mod capacity. */
  readonly rows: Tensor;
  /** u32: [0] rows written so far. */
  readonly count: Tensor;
  /** f32 [T], to be filled with ones by the host: the carry scale of a backward pass that is not truncated. */
  readonly uncut: Tensor;
  readonly layout: ProbeLayout;
  readonly #options: ProbingOptions;
  readonly #vectors: Tensor;
  readonly #kept: Tensor;
  readonly #partials: Tensor;
  readonly #capacity: number;
  readonly #gates: number;

  constructor(program: Program, options: ProbingOptions) {
    const { layout, shape, parameters } = options;
    this.layout = layout;
    this.#options = options;
    this.#capacity = ringRows(layout.width);
    this.#gates = probeGates[layout.cell].length;
    this.rows = program.tensor("probes", [this.#capacity, layout.width]);
    this.count = program.tensor("probe state", [PROBE_STATE_LENGTH], "u32");
    this.uncut = program.tensor("uncut carry scale", [layout.steps]);
    this.#vectors = program.tensor("spectral vectors", [layout.layers, this.#gates, SPECTRAL_VECTORS, shape.hiddenSize]);
    this.#kept = program.tensor("parameters before the step", [parameters.values.whole.size]);
    this.#partials = program.tensor("parameter partials", [parameters.specs.length * PARAMETER_BLOCKS, PARAMETER_SUMS]);
  }

  /** Draws the vectors of the power iteration anew. */
  seed(plan: Plan): void {
    plan.call(
      initNormal,
      { out: this.#vectors },
      { count: this.#vectors.size, seed: this.#options.seed, stream: SPECTRAL_STREAM, mean: 0, deviation: 1 },
    );
  }

  /** The horizon, from a backward pass of its own; before the step's own one, whose scratch memory it uses. */
  horizon(plan: Plan, graph: Graph, dLogits: Tensor): void {
    const { layout } = this;
    const { batch, targetCount } = this.#options;
    graph.backwardStates(plan, dLogits, this.uncut, (layer, _, d) => {
      plan.call(
        horizonProbe,
        { d_hidden: d.dHidden, d_cell: d.dCell, ...this.#common },
        {
          ...this.#extent(),
          has_cell: this.#hasCell,
          scaled: this.#isScaled,
          // The step's loss is the mean over its targets; an example's own loss is not.
          scale_all: targetCount / Math.sqrt(batch),
          scale_one: targetCount,
          ...this.#place(layout.horizon + layer * layout.steps * horizonColumns.length),
        },
      );
    });
  }

  /** A layer's states, gates and their gradients, once these are complete. */
  layer(plan: Plan, layer: number, tensors: CellTensors, d: CellGradients): void {
    const { cell, states, steps, stateWidth } = this.layout;
    const { batch, shape } = this.#options;
    // The RNN keeps no gate apart: its state is its activation, from slot 1 on.
    const ownsGates = cell !== "rnn_tanh";
    const tanhGates = probeGates[cell].reduce((bits, { kind }, gate) => (kind === "tanh" ? bits | (1 << gate) : bits), 0);
    plan.call(
      stateProbe,
      {
        gates: ownsGates ? tensors.gates : tensors.hidden,
        hidden: tensors.hidden,
        d_hidden: d.dHidden,
        d_cell: d.dCell,
        ...this.#common,
      },
      {
        ...this.#extent(),
        gate_count: this.#gates,
        gate_offset: ownsGates ? 0 : batch * shape.hiddenSize,
        tanh_gates: tanhGates,
        has_cell: this.#hasCell,
        scaled: this.#isScaled,
        low: SATURATION.low,
        high: SATURATION.high,
        tanh_limit: SATURATION.tanh,
        ...this.#place(states + layer * steps * stateWidth),
      },
    );
  }

  /** Before the optimizer: what the parameters are, and their recurrent matrices' spectral radii. */
  beforeUpdate(plan: Plan, hasHorizon: boolean): void {
    const { whole } = this.#options.parameters.values;
    plan.call(keepValues, { source: whole, kept: this.#kept }, { count: whole.size });
    this.spectralRadii(plan, hasHorizon ? LONG_ITERATION : 1);
  }

  /** Some steps of the power iteration, times `factor`, and what it says so far. */
  spectralRadii(plan: Plan, factor = 1): void {
    const { parameters, shape } = this.#options;
    const { layers, spectral } = this.layout;
    for (let layer = 0; layer < layers; layer++) {
      plan.call(
        spectralProbe,
        {
          weight_hh: parameters.values.get(`rnn.weight_hh_l${layer}`),
          vectors: this.#vectors,
          probe_state: this.count,
          probes: this.rows,
        },
        {
          hidden_size: shape.hiddenSize,
          gates: this.#gates,
          iterations: factor * iterationsOf(shape.hiddenSize),
          vector_offset: layer * this.#gates * SPECTRAL_VECTORS * shape.hiddenSize,
          ...this.#place(spectral + layer * this.#gates),
        },
      );
    }
  }

  /** After the optimizer: each parameter's norms, the row's head, and on to the next row. */
  finish(plan: Plan, hasHorizon: boolean): void {
    const { parameters, state } = this.#options;
    const { gradients, values, specs } = parameters;
    for (const [index, { name }] of specs.entries()) {
      const value = values.get(name);
      plan.call(
        parameterProbe,
        {
          gradients: gradients.get(name),
          values: value,
          kept: { ...value, name: this.#kept.name, arena: this.#kept.arena },
          hyper: state.hyper,
          partials: this.#partials,
        },
        { count: value.size, blocks: parameterBlocks(value.size), first: index * PARAMETER_BLOCKS },
      );
    }
    plan.call(
      probeFinalize,
      { partials: this.#partials, hyper: state.hyper, counters: state.counters, probe_state: this.count, probes: this.rows },
      { parameters: specs.length, has_horizon: hasHorizon ? 1 : 0, ...this.#place(this.layout.perParameter) },
    );
  }

  get #common() {
    return { control: this.#options.state.control, probe_state: this.count, probes: this.rows };
  }

  get #hasCell(): number {
    return this.layout.cell === "lstm" ? 1 : 0;
  }

  get #isScaled(): number {
    return this.#options.parameters.storage === "f16" ? 1 : 0;
  }

  #extent() {
    return { steps: this.layout.steps, batch: this.#options.batch, hidden_size: this.#options.shape.hiddenSize };
  }

  #place(offset: number) {
    return { capacity: this.#capacity, width: this.layout.width, offset };
  }
}
