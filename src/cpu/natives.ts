/**
 * The kernels that WebAssembly runs. Each function is called with the byte addresses of the kernel's bindings, then its scalars, both in
 * their order, then the address of its scratch memory.
 */

type ScalarValues = Readonly<Record<string, number>>;

const none = () => 0;

/** One packed block of B and one of A: KC * (NC + MC) in wasm/assembly/matmul.ts. */
const product = () => 256 * (256 + 64);

const roundUp = (value: number, to: number): number => Math.ceil(value / to) * to;

/** A recurrent weight of `gates` blocks, packed in panels of 8 columns, and d_carry. */
const recurrent =
  (gates: number) =>
  ({ hidden_size = 0, batch = 0 }: ScalarValues): number =>
    gates * hidden_size * roundUp(hidden_size, 8) + roundUp(batch * hidden_size, 4);

/** Floats of scratch memory that a call needs, by kernel. */
export const nativeScratch: ReadonlyMap<string, (scalars: ScalarValues) => number> = new Map([
  ["adam", none],
  ["column_sum", none],
  ["copy_within", none],
  ["embedding_backward", none],
  ["embedding_forward", none],
  ["fill", none],
  ["finish_carry", none],
  ["gradient_partials", none],
  ["gru_before_sequence_backward", recurrent(3)],
  ["gru_before_sequence_forward", recurrent(3)],
  ["gru_before_step_backward_output", none],
  ["gru_before_step_backward_reset", none],
  ["gru_before_step_forward_gates", none],
  ["gru_before_step_forward_output", none],
  ["gru_sequence_backward", recurrent(3)],
  ["gru_sequence_forward", recurrent(3)],
  ["gru_step_backward", none],
  ["gru_step_forward", none],
  ["lstm_sequence_backward", recurrent(4)],
  ["lstm_sequence_forward", recurrent(4)],
  ["lstm_step_backward", none],
  ["lstm_step_forward", none],
  ["matmul_nn", product],
  ["matmul_nt", product],
  ["matmul_tn", product],
  ["pack_recurrent", none],
  ["rnn_sequence_backward", recurrent(1)],
  ["rnn_sequence_forward", recurrent(1)],
  ["rnn_step_backward", none],
  ["rnn_step_forward", none],
  ["sgd", none],
  ["softmax_cross_entropy", none],
  ["softmax_rows", none],
]);
