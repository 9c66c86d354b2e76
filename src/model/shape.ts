import type { Cell } from "../config";

/** A network without its batch and length: all that decides its parameters. */
export interface ModelShape {
  readonly cell: Cell;
  /** I: width of the first layer's input, the embedding's if there is one. */
  readonly inputSize: number;
  /** H. */
  readonly hiddenSize: number;
  /** L. */
  readonly numLayers: number;
  /** V of the embedding; null where the inputs are numbers already. */
  readonly vocabulary: number | null;
  /** Classes of the head. */
  readonly outputs: number;
  /** What the LSTM's forget gates have on top of their drawn biases; 0 without it. */
  readonly forgetBias?: number;
}

/** G: gates per cell, each with its own H rows in weight_ih and weight_hh. */
export const gateCount: Readonly<Record<Cell, number>> = { rnn_tanh: 1, lstm: 4, gru: 3, gru_reset_before: 3 };

/** A value added to some of a tensor's drawn numbers. */
export interface Shift {
  readonly offset: number;
  readonly count: number;
  readonly value: number;
}

export type Initialisation =
  | { readonly kind: "uniform"; readonly bound: number; readonly shift?: Shift }
  | { readonly kind: "normal" }
  | { readonly kind: "zeros" };

export interface ParameterSpec {
  /** PyTorch's name in a module with `embed`, `rnn` and `fc`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly init: Initialisation;
}

/**
 * Every parameter in PyTorch's order, names, layouts and initialisation: nn.RNN, nn.LSTM and nn.GRU draw everything from
 * U(-1/sqrt(H), 1/sqrt(H)), nn.Linear from U(-1/sqrt(in), 1/sqrt(in)), nn.Embedding from N(0, 1).
 * The reset-before GRU keeps one bias per gate, in bias_ih; its bias_hh is zero and is not trained.
 * A forget bias, which PyTorch does not have, goes to bias_hh (Gers et al. 2000, Jozefowicz et al. 2015).
 */
export function parameterSpecs(shape: ModelShape): ParameterSpec[] {
  const { cell, inputSize, hiddenSize, numLayers, vocabulary, outputs, forgetBias = 0 } = shape;
  const rows = gateCount[cell] * hiddenSize;
  const recurrent = { kind: "uniform" as const, bound: 1 / Math.sqrt(hiddenSize) } satisfies Initialisation;
  // The forget gate is the second of i, f, g, o.
  const shift = { offset: hiddenSize, count: hiddenSize, value: forgetBias };
  const lstmBias: Initialisation = forgetBias === 0 ? recurrent : { ...recurrent, shift };
  const biasHh: Initialisation = cell === "lstm" ? lstmBias : cell === "gru_reset_before" ? { kind: "zeros" } : recurrent;
  const specs: ParameterSpec[] = [];
  if (vocabulary !== null) specs.push({ name: "embed.weight", shape: [vocabulary, inputSize], init: { kind: "normal" } });
  for (let layer = 0; layer < numLayers; layer++) {
    const width = layer === 0 ? inputSize : hiddenSize;
    specs.push(
      { name: `rnn.weight_ih_l${layer}`, shape: [rows, width], init: recurrent },
      { name: `rnn.weight_hh_l${layer}`, shape: [rows, hiddenSize], init: recurrent },
      { name: `rnn.bias_ih_l${layer}`, shape: [rows], init: recurrent },
      { name: `rnn.bias_hh_l${layer}`, shape: [rows], init: biasHh },
    );
  }
  specs.push({ name: "fc.weight", shape: [outputs, hiddenSize], init: recurrent }, { name: "fc.bias", shape: [outputs], init: recurrent });
  return specs;
}
