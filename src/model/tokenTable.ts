import type { Plan } from "../plan/plan";
import type { Program } from "../plan/program";
import type { Tensor } from "../plan/tensor";
import { embeddingBackward, embeddingForward } from "../shaders/embedding";
import type { Parameters } from "./parameters";
import { linearGradients, productNn, productNt } from "./products";

export interface TokenTableOptions {
  /** u32 [T, B]. */
  readonly tokens: Tensor;
  /** V. */
  readonly vocabulary: number;
  /** E. */
  readonly embeddingSize: number;
  /** G*H of the first layer. */
  readonly width: number;
}

/**
 * Embedding and first input projection as one: x_t depends on the token alone, so a table [V, G*H] of W_ih e_v + b_ih holds every
 * value that it takes. With fewer tokens than rows T*B that is less work, and neither the embedded input nor its gradient is stored:
 *
 *   table = E W_ihᵀ + b_ih,   x_t = table[token]
 *   dTable[v] = sum of dGates over all rows whose token is v,   dW_ih = dTableᵀ E,   db_ih = column sums of dTable,   dE = dTable W_ih
 */
export class TokenTable {
  readonly #program: Program;
  readonly #parameters: Parameters;
  readonly #options: TokenTableOptions;

  constructor(program: Program, parameters: Parameters, options: TokenTableOptions) {
    this.#program = program;
    this.#parameters = parameters;
    this.#options = options;
  }

  /** x_t of all steps into `gates` [T, B, G*H]. */
  forward(plan: Plan, gates: Tensor): void {
    const { tokens, vocabulary, embeddingSize, width } = this.#options;
    const { weights, values, storage } = this.#parameters;
    const table = this.#program.scratch("token table", [vocabulary, width], storage);
    productNt(plan, {
      m: vocabulary,
      n: width,
      k: embeddingSize,
      a: { tensor: weights.get("embed.weight") },
      b: { tensor: weights.get("rnn.weight_ih_l0") },
      c: { tensor: table },
      bias: values.get("rnn.bias_ih_l0"),
    });
    plan.call(embeddingForward, { weight: table, tokens, out: gates }, { count: tokens.size, dim: width });
  }

  /**
   * dGates [T, B, G*H] to the gradients of the embedding, W_ih and b_ih. The table's gradient adds up many rows, so it is f32, and
   * is multiplied with the parameters in f32.
   */
  backward(plan: Plan, dGates: Tensor): void {
    const { tokens, vocabulary, embeddingSize, width } = this.#options;
    const { values, gradients } = this.#parameters;
    const dTable = this.#program.scratch("d token table", [vocabulary, width]);
    plan.call(embeddingBackward, { tokens, d_out: dGates, d_weight: dTable }, { count: tokens.size, vocab: vocabulary, dim: width });
    linearGradients(plan, {
      a: { tensor: dTable },
      m: width,
      k: vocabulary,
      first: {
        input: { tensor: values.get("embed.weight") },
        columns: embeddingSize,
        dWeight: { tensor: gradients.get("rnn.weight_ih_l0") },
        dBias: { tensor: gradients.get("rnn.bias_ih_l0") },
      },
      gradients: gradients.whole,
    });
    productNn(plan, {
      m: vocabulary,
      n: embeddingSize,
      k: width,
      a: { tensor: dTable },
      b: { tensor: values.get("rnn.weight_ih_l0") },
      c: { tensor: gradients.get("embed.weight") },
    });
  }
}
