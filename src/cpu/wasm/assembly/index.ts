/**
 * The module's exports: one function for each kernel, of its name. Tensors come as byte addresses. The order of the parameters is that of
 * natives.ts; then come the address of scratch memory, the part of the call that is to be run and the number of its parts.
 *
 * Loads may run over the end of a tensor, which the host allows for; stores never do.
 */
export { softmax_cross_entropy, softmax_rows } from "./cross_entropy";
export { fused_pack } from "./fused";
export {
  gru_before_fused_backward_output,
  gru_before_fused_backward_reset,
  gru_before_fused_forward_gates,
  gru_before_fused_forward_output,
  gru_fused_backward,
  gru_fused_forward,
  lstm_fused_backward,
  lstm_fused_forward,
  rnn_fused_backward,
  rnn_fused_forward,
} from "./fused_steps";
export { gru_sequence_backward, gru_sequence_forward, gru_step_backward, gru_step_forward } from "./gru";
export {
  gru_before_sequence_backward,
  gru_before_sequence_forward,
  gru_before_step_backward_output,
  gru_before_step_backward_reset,
  gru_before_step_forward_gates,
  gru_before_step_forward_output,
} from "./gru_before";
export { embedding_backward, embedding_forward, fill, gather_images, pack_recurrent } from "./layout";
export { lstm_sequence_backward, lstm_sequence_forward, lstm_step_backward, lstm_step_forward } from "./lstm";
export { adam, gradient_partials, sgd } from "./optimizer";
export { matmul_nn, matmul_nt, matmul_tn, weight_gradients } from "./products";
export { finish_carry, rnn_sequence_backward, rnn_sequence_forward, rnn_step_backward, rnn_step_forward } from "./rnn";
export { map_exp, map_sigmoid, map_tanh } from "./vector";
export { keep_values, parameter_probe, spectral_probe } from "./parameter_probes";
export { horizon_probe, state_probe } from "./state_probes";
