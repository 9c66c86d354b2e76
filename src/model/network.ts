import type { Plan } from "../plan/plan";
import type { Program } from "../plan/program";
import type { Tensor } from "../plan/tensor";
import { embeddingBackward, embeddingForward } from "../shaders/embedding";
import { ceilDiv, type FloatType } from "../shaders/kernel";
import type { Extent } from "./cells/cell";
import type { Parameters } from "./parameters";
import { type Block, linearGradients, productNn, productNt } from "./products";
import { type LayerGradientHook, type LayerInput, type RecurrentForm, RecurrentLayer } from "./recurrentLayer";
import { gateCount, type ModelShape } from "./shape";
import { TokenTable } from "./tokenTable";

/** last: one prediction per sequence, from the last step. all: one per step. */
export type HeadAt = "last" | "all";

export interface GraphOptions {
  /** Prefix of its tensors' names; graphs of one program share parameters, not activations. */
  readonly name: string;
  readonly steps: number;
  readonly batch: number;
  readonly headAt: HeadAt;
  /** Keeps what the backward pass needs. */
  readonly training: boolean;
  readonly form?: RecurrentForm;
}

export interface BackwardOptions {
  /** As in LayerBackward. */
  readonly onGradients?: LayerGradientHook | undefined;
  /** [T, B, I]: gets the gradient of a dense input. */
  readonly dInput?: Tensor | undefined;
  /** false: no parameter's gradient is touched, for passes that only look. */
  readonly parameters?: boolean;
}

/** The whole network for one T and B: embedding (for tokens), recurrent layers, linear head. */
export class Graph {
  /** [T, B, I], or u32 tokens [T, B] where there is an embedding. */
  readonly input: Tensor;
  /** f32 [B, V] for the last step, [T, B, V] for all. */
  readonly logits: Tensor;
  /** Rows of `logits`. */
  readonly rows: number;
  readonly layers: readonly RecurrentLayer[];
  readonly #shape: ModelShape;
  readonly #parameters: Parameters;
  readonly #program: Program;
  readonly #options: GraphOptions;
  readonly #extent: Extent;
  /** What the first layer reads. */
  readonly #source: LayerInput;
  /** [T, B, E]: the looked-up rows of the embedding, where there are too many tokens for a table. */
  readonly #embedded: Tensor | null;

  constructor(program: Program, shape: ModelShape, parameters: Parameters, options: GraphOptions) {
    const { name, steps, batch, headAt, training } = options;
    this.#program = program;
    this.#shape = shape;
    this.#parameters = parameters;
    this.#options = options;
    this.#extent = { steps, batch, hiddenSize: shape.hiddenSize };
    const { vocabulary, inputSize } = shape;
    const { storage } = parameters;
    this.input =
      vocabulary === null
        ? program.tensor(`${name} input`, [steps, batch, inputSize], storage)
        : program.tensor(`${name} input`, [steps, batch], "u32");
    const isTabled = vocabulary !== null && vocabulary < steps * batch;
    this.#embedded = vocabulary === null || isTabled ? null : program.tensor(`${name} embedded`, [steps, batch, inputSize], storage);
    const width = gateCount[shape.cell] * shape.hiddenSize;
    this.#source = isTabled
      ? new TokenTable(program, parameters, { tokens: this.input, vocabulary, embeddingSize: inputSize, width })
      : { tensor: this.#embedded ?? this.input };
    this.layers = Array.from(
      { length: shape.numLayers },
      (_, layer) =>
        new RecurrentLayer(program, parameters, {
          graph: name,
          layer,
          cell: shape.cell,
          extent: this.#extent,
          inputSize: layer === 0 ? shape.inputSize : shape.hiddenSize,
          training,
          form: options.form ?? "auto",
        }),
    );
    this.rows = headAt === "all" ? steps * batch : batch;
    this.logits = program.tensor(`${name} logits`, [this.rows, shape.outputs]);
  }

  /** Input to logits. */
  forward(plan: Plan): void {
    const { steps, batch } = this.#extent;
    const { inputSize, outputs, hiddenSize } = this.#shape;
    if (this.#embedded !== null) {
      plan.call(
        embeddingForward,
        { weight: this.#parameters.weights.get("embed.weight"), tokens: this.input, out: this.#embedded },
        { count: steps * batch, dim: inputSize },
      );
    }
    for (const [index, layer] of this.layers.entries()) layer.forward(plan, this.#inputOf(index));
    productNt(plan, {
      m: this.rows,
      n: outputs,
      k: hiddenSize,
      a: this.#headInput,
      b: { tensor: this.#parameters.weights.get("fc.weight") },
      c: { tensor: this.logits },
      bias: this.#parameters.values.get("fc.bias"),
    });
  }

  /** A tensor for dL/dLogits, f32 unless a pass writes it in the storage type itself. Its rows are padded with zeros to whole vectors of four: so the head's products can read vectors. */
  createLogitGradients(name: string, type: FloatType = "f32"): Tensor {
    return this.#program.tensor(name, [this.rows, ceilDiv(this.#shape.outputs, 4) * 4], type);
  }

  /**
   * dL/dLogits to every parameter's gradient (each is replaced, none accumulated) and, if asked for, to that of a dense input.
   * @param dLogits [rows, outputs] or padded rows; of the parameters' storage type, as all gradients of activations.
   * @param carryScale f32 [T], see docs/notation.md: where backpropagation through time is cut.
   */
  backward(plan: Plan, dLogits: Tensor, carryScale: Tensor, options: BackwardOptions = {}): void {
    const { onGradients, dInput, parameters = true } = options;
    const { steps, batch, hiddenSize } = this.#extent;
    const { vocabulary, inputSize, outputs } = this.#shape;
    const { weights, gradients, storage } = this.#parameters;
    const dHidden = this.#dHidden;
    const block = { tensor: dLogits, stride: dLogits.shape[1] ?? outputs };
    if (parameters) {
      linearGradients(plan, {
        a: block,
        m: outputs,
        k: this.rows,
        first: {
          input: this.#headInput,
          columns: hiddenSize,
          dWeight: { tensor: gradients.get("fc.weight") },
          dBias: { tensor: gradients.get("fc.bias") },
        },
        gradients: gradients.whole,
      });
    }
    productNn(plan, {
      m: this.rows,
      n: hiddenSize,
      k: outputs,
      a: block,
      b: { tensor: weights.get("fc.weight") },
      c: { tensor: dHidden, offset: this.#headOffset },
    });
    const dEmbedded =
      this.#embedded === null || !parameters ? undefined : this.#program.scratch("d embedded", [steps, batch, inputSize], storage);
    const dSource = vocabulary === null ? dInput : dEmbedded;
    const top = this.layers.length - 1;
    for (let index = top; index >= 0; index--) {
      this.layers[index]?.backward(plan, {
        input: this.#inputOf(index),
        dHidden,
        fromAbove: index === top && this.#options.headAt === "last" ? 1 : 0,
        carryScale,
        dInput: index > 0 ? { tensor: dHidden, offset: batch * hiddenSize } : dSource && { tensor: dSource },
        onGradients,
        parameters,
      });
    }
    if (vocabulary !== null && dEmbedded !== undefined) {
      plan.call(
        embeddingBackward,
        { tokens: this.input, d_out: dEmbedded, d_weight: gradients.get("embed.weight") },
        { count: steps * batch, vocab: vocabulary, dim: inputSize },
      );
    }
  }

  /**
   * Only the way back through the states, of the last time step's part of the loss alone; no parameter's gradient is touched. It uses the
   * same scratch memory as `backward`.
   */
  backwardStates(plan: Plan, dLogits: Tensor, carryScale: Tensor, onGradients: LayerGradientHook): void {
    const { steps, batch, hiddenSize } = this.#extent;
    const stride = dLogits.shape[1] ?? this.#shape.outputs;
    const slot = batch * hiddenSize;
    const dHidden = this.#dHidden;
    productNn(plan, {
      m: batch,
      n: hiddenSize,
      k: this.#shape.outputs,
      a: { tensor: dLogits, stride, offset: (this.rows - batch) * stride },
      b: { tensor: this.#parameters.weights.get("fc.weight") },
      c: { tensor: dHidden, offset: steps * slot },
    });
    const top = this.layers.length - 1;
    for (let index = top; index >= 0; index--) {
      this.layers[index]?.backward(plan, {
        input: this.#inputOf(index),
        dHidden,
        fromAbove: index === top ? 1 : 0,
        carryScale,
        dInput: index > 0 ? { tensor: dHidden, offset: slot } : undefined,
        onGradients,
        parameters: false,
      });
    }
  }

  /** Carries every layer's last state over to the next window. */
  carry(plan: Plan): void {
    for (const layer of this.layers) layer.carry(plan);
  }

  /** The tensors to clear for a fresh start of the sequence. */
  get states(): Tensor[] {
    return this.layers.flatMap((layer) => layer.states);
  }

  /** [T+1, B, H], which all layers share in turn. */
  get #dHidden(): Tensor {
    const { steps, batch, hiddenSize } = this.#extent;
    return this.#program.scratch("d hidden", [steps + 1, batch, hiddenSize], this.#parameters.storage);
  }

  #inputOf(layer: number): LayerInput {
    return this.layers[layer - 1]?.output ?? this.#source;
  }

  get #headOffset(): number {
    const { steps, batch, hiddenSize } = this.#extent;
    return (this.#options.headAt === "last" ? steps : 1) * batch * hiddenSize;
  }

  get #top(): RecurrentLayer {
    const layer = this.layers.at(-1);
    if (layer === undefined) throw new RangeError("a network has at least one layer");
    return layer;
  }

  get #headInput(): Block {
    return { tensor: this.#top.tensors.hidden, offset: this.#headOffset };
  }
}
