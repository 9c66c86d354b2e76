/**
 * The module's exports: one function for each kernel, of its name. Tensors come as byte addresses. The order of the parameters is that of
 * natives.ts; the address of scratch memory comes last, and most do without it.
 *
 * Loads may run over the end of a tensor, which the host allows for; stores never do.
 */
import { nn, nt, tn } from "./matmul";

export { softmax_cross_entropy, softmax_rows } from "./cross_entropy";
export { gru_sequence_backward, gru_sequence_forward, gru_step_backward, gru_step_forward } from "./gru";
export {
  gru_before_sequence_backward,
  gru_before_sequence_forward,
  gru_before_step_backward_output,
  gru_before_step_backward_reset,
  gru_before_step_forward_gates,
  gru_before_step_forward_output,
} from "./gru_before";
export { column_sum, copy_within, embedding_backward, embedding_forward, fill, pack_recurrent } from "./layout";
export { lstm_sequence_backward, lstm_sequence_forward, lstm_step_backward, lstm_step_forward } from "./lstm";
export { adam, gradient_partials, sgd } from "./optimizer";
export { finish_carry, rnn_sequence_backward, rnn_sequence_forward, rnn_step_backward, rnn_step_forward } from "./rnn";
export { map_exp, map_sigmoid, map_tanh } from "./vector";

export function matmul_nn(
  a: usize,
  b: usize,
  bias: usize,
  c: usize,
  m: usize,
  n: usize,
  k: usize,
  lda: usize,
  ldb: usize,
  ldc: usize,
  aOffset: usize,
  bOffset: usize,
  cOffset: usize,
  hasBias: bool,
  accumulate: bool,
  scratch: usize,
): void {
  nn(a + aOffset * 4, b + bOffset * 4, hasBias ? bias : 0, c + cOffset * 4, m, n, k, lda, ldb, ldc, accumulate, scratch);
}

export function matmul_nt(
  a: usize,
  b: usize,
  bias: usize,
  c: usize,
  m: usize,
  n: usize,
  k: usize,
  lda: usize,
  ldb: usize,
  ldc: usize,
  aOffset: usize,
  bOffset: usize,
  cOffset: usize,
  hasBias: bool,
  accumulate: bool,
  scratch: usize,
): void {
  nt(a + aOffset * 4, b + bOffset * 4, hasBias ? bias : 0, c + cOffset * 4, m, n, k, lda, ldb, ldc, accumulate, scratch);
}

export function matmul_tn(
  a: usize,
  b: usize,
  bias: usize,
  c: usize,
  m: usize,
  n: usize,
  k: usize,
  lda: usize,
  ldb: usize,
  ldc: usize,
  aOffset: usize,
  bOffset: usize,
  cOffset: usize,
  hasBias: bool,
  accumulate: bool,
  scratch: usize,
): void {
  tn(a + aOffset * 4, b + bOffset * 4, hasBias ? bias : 0, c + cOffset * 4, m, n, k, lda, ldb, ldc, accumulate, scratch);
}
