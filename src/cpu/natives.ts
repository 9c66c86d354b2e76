/** The kernels that WebAssembly runs, and how their functions in wasm/assembly are called. */

type ScalarValues = Readonly<Record<string, number>>;

export interface Native {
  /**
   * The function's parameters: names of the kernel's bindings (given as byte addresses) and scalars, every one of them.
   * The address of scratch memory always follows, for the functions that want it.
   */
  readonly parameters: readonly string[];
  /** Floats of scratch memory that a call needs. */
  scratch(scalars: ScalarValues): number;
}

const native = (parameters: string, scratch: Native["scratch"] = () => 0): Native => ({ parameters: parameters.split(" "), scratch });

const matmulParameters = "a b bias c m n k lda ldb ldc a_offset b_offset c_offset has_bias accumulate";

/** One packed block of B and one of A: KC * (NC + MC) in wasm/assembly/matmul.ts. */
const product = (): number => 256 * (256 + 64);

const roundUp = (value: number, to: number): number => Math.ceil(value / to) * to;

/** A recurrent weight of `gates` blocks, packed in panels of 8 columns, and d_carry. */
const recurrent =
  (gates: number) =>
  ({ hidden_size = 0, batch = 0 }: ScalarValues): number =>
    gates * hidden_size * roundUp(hidden_size, 8) + roundUp(batch * hidden_size, 4);

export const natives: ReadonlyMap<string, Native> = new Map([
  ["adam", native("params gradients moment1 moment2 hyper control count decoupled")],
  ["column_sum", native("a out m n lda a_offset out_offset accumulate")],
  ["copy_within", native("data source_offset target_offset count")],
  ["embedding_backward", native("tokens d_out d_weight count vocab dim")],
  ["embedding_forward", native("weight tokens out count dim")],
  ["fill", native("data offset count value")],
  ["finish_carry", native("carry_scale d_carry d_hidden batch hidden_size")],
  ["gradient_partials", native("gradients hyper partials count blocks")],
  [
    "gru_before_sequence_backward",
    native("gates hidden weight carry_scale d_hidden d_gates d_hidden_term steps batch hidden_size", recurrent(3)),
  ],
  ["gru_before_sequence_forward", native("gates weight hidden hidden_term steps batch hidden_size", recurrent(3))],
  ["gru_before_step_backward_output", native("gates hidden carry_scale d_carry d_hidden d_gates step steps batch hidden_size")],
  ["gru_before_step_backward_reset", native("gates hidden d_hidden_term d_carry d_gates step batch hidden_size")],
  ["gru_before_step_forward_gates", native("gates hidden hidden_term step batch hidden_size")],
  ["gru_before_step_forward_output", native("gates hidden step batch hidden_size")],
  [
    "gru_sequence_backward",
    native("gates hidden hidden_term weight carry_scale d_hidden d_gates d_hidden_term steps batch hidden_size", recurrent(3)),
  ],
  ["gru_sequence_forward", native("gates weight bias_hh hidden hidden_term steps batch hidden_size", recurrent(3))],
  ["gru_step_backward", native("gates hidden hidden_term carry_scale d_carry d_hidden d_gates d_hidden_term step steps batch hidden_size")],
  ["gru_step_forward", native("gates bias_hh hidden hidden_term step batch hidden_size")],
  ["lstm_sequence_backward", native("gates cell weight carry_scale d_hidden d_cell d_gates steps batch hidden_size", recurrent(4))],
  ["lstm_sequence_forward", native("gates weight bias_hh hidden cell steps batch hidden_size", recurrent(4))],
  ["lstm_step_backward", native("gates cell carry_scale d_carry d_hidden d_cell d_gates step steps batch hidden_size")],
  ["lstm_step_forward", native("gates bias_hh hidden cell step batch hidden_size")],
  ["matmul_nn", native(matmulParameters, product)],
  ["matmul_nt", native(matmulParameters, product)],
  ["matmul_tn", native(matmulParameters, product)],
  ["pack_recurrent", native("weight_hh forward backward gates hidden")],
  ["rnn_sequence_backward", native("hidden weight carry_scale d_hidden d_gates steps batch hidden_size", recurrent(1))],
  ["rnn_sequence_forward", native("gates weight bias_hh hidden steps batch hidden_size", recurrent(1))],
  ["rnn_step_backward", native("hidden carry_scale d_carry d_hidden d_gates step steps batch hidden_size")],
  ["rnn_step_forward", native("gates bias_hh hidden step batch hidden_size")],
  ["sgd", native("params gradients momentum hyper control count")],
  ["softmax_cross_entropy", native("logits targets d_logits row_stats rows classes write_gradient scale")],
  ["softmax_rows", native("logits probabilities rows classes")],
]);
