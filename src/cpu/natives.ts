/** The kernels that WebAssembly runs, and how their functions in wasm/assembly are called. */

type ScalarValues = Readonly<Record<string, number>>;

export interface Native {
  /**
   * The function's parameters: names of the kernel's bindings (given as byte addresses) and scalars, every one of them.
   * The address of scratch memory always follows, for the functions that want it, then the part to run and the number of parts.
   */
  readonly parameters: readonly string[];
  /** About how many floating-point operations a call takes, loads and stores counted in; without it, a call is never cut into parts. */
  readonly work?: ((scalars: ScalarValues) => number) | undefined;
  /** Floats of scratch memory that each part of a call needs. */
  scratch(scalars: ScalarValues): number;
}

/** In how many parts to run a call with this many threads, where a part of `partWork` is worth another thread's trouble. */
export const partsOf = ({ work }: Native, scalars: ScalarValues, threads: number, partWork: number): number =>
  work === undefined ? 1 : Math.max(1, Math.min(threads, Math.floor(work(scalars) / partWork)));

const native = (parameters: string, work?: Native["work"], scratch: Native["scratch"] = () => 0): Native => ({
  parameters: parameters.split(" "),
  work,
  scratch,
});

/** Work by the product of some scalars. */
const times =
  (factor: number, ...names: readonly string[]): Native["work"] =>
  (scalars) =>
    names.reduce((product, name) => product * (scalars[name] ?? 0), factor);

const roundUp = (value: number, to: number): number => Math.ceil(value / to) * to;

/** One packed block of B and one of A: KC * (NC + MC) in wasm/assembly/matmul.ts. */
const PRODUCT_SCRATCH = 256 * (256 + 64);

const product = native(
  "a b bias c m n k lda ldb ldc a_offset b_offset c_offset has_bias accumulate",
  times(2, "m", "n", "k"),
  () => PRODUCT_SCRATCH,
);

/** A whole sequence: scratch for a recurrent weight of `gates` blocks, packed in panels of 8 columns, and d_carry. */
const sequence = (gates: number, parameters: string): Native =>
  native(
    `${parameters} steps batch hidden_size`,
    times(2 * gates, "steps", "batch", "hidden_size", "hidden_size"),
    ({ hidden_size = 0, batch = 0 }) => gates * hidden_size * roundUp(hidden_size, 8) + roundUp(batch * hidden_size, 4),
  );

/** The same backwards, which knows how many steps have a gradient from above. */
const sequenceBackward = (gates: number, parameters: string): Native => {
  const forward = sequence(gates, parameters);
  return { ...forward, parameters: [...forward.parameters, "from_above"] };
};

/** The point-wise part of one step; `work` for each unit of each lane. */
const step = (work: number, parameters: string): Native => native(`${parameters} batch hidden_size`, times(work, "batch", "hidden_size"));

/** Product and point-wise part of one step; scratch for d_carry, or for the product of all gates (a GRU's takes as much as an LSTM's). */
const fused = (gates: number, parameters: string): Native =>
  native(parameters, times(2 * gates, "batch", "hidden_size", "hidden_size"), ({ hidden_size = 0, batch = 0 }) => 4 * batch * hidden_size);

export const natives: ReadonlyMap<string, Native> = new Map([
  ["adam", native("params gradients moment1 moment2 hyper control count decoupled", times(20, "count"))],
  ["embedding_backward", native("tokens d_out d_weight count vocab dim", times(6, "count", "dim"))],
  ["embedding_forward", native("weight tokens out count dim", times(6, "count", "dim"))],
  ["fill", native("data offset count value")],
  ["finish_carry", step(4, "carry_scale d_carry d_hidden")],
  ["fused_pack", native("weight_hh forward backward gates hidden_size has_backward", times(40, "gates", "hidden_size", "hidden_size"))],
  ["gather_images", native("images labels order counters x y steps batch input_size items", times(8, "steps", "batch", "input_size"))],
  ["gradient_partials", native("gradients hyper partials count blocks", times(8, "count"))],
  [
    "gru_before_fused_backward_output",
    fused(2, "gates hidden weight carry_scale d_hidden_term d_hidden d_gates step steps batch hidden_size from_above"),
  ],
  ["gru_before_fused_backward_reset", fused(1, "gates hidden weight d_gates d_hidden_term step batch hidden_size")],
  ["gru_before_fused_forward_gates", fused(2, "gates weight hidden hidden_term step batch hidden_size")],
  ["gru_before_fused_forward_output", fused(1, "gates weight hidden_term hidden step batch hidden_size")],
  ["gru_before_sequence_backward", sequenceBackward(3, "gates hidden weight carry_scale d_hidden d_gates d_hidden_term")],
  ["gru_before_sequence_forward", sequence(3, "gates weight hidden hidden_term")],
  ["gru_before_step_backward_output", step(60, "gates hidden carry_scale d_carry d_hidden d_gates step steps")],
  ["gru_before_step_backward_reset", step(40, "gates hidden d_hidden_term d_carry d_gates step")],
  ["gru_before_step_forward_gates", step(150, "gates hidden hidden_term step")],
  ["gru_before_step_forward_output", step(150, "gates hidden step")],
  [
    "gru_fused_backward",
    fused(3, "gates hidden hidden_term weight carry_scale d_hidden d_gates d_hidden_term step steps batch hidden_size from_above"),
  ],
  ["gru_fused_forward", fused(3, "gates weight bias_hh hidden hidden_term step batch hidden_size")],
  ["gru_sequence_backward", sequenceBackward(3, "gates hidden hidden_term weight carry_scale d_hidden d_gates d_hidden_term")],
  ["gru_sequence_forward", sequence(3, "gates weight bias_hh hidden hidden_term")],
  ["gru_step_backward", step(80, "gates hidden hidden_term carry_scale d_carry d_hidden d_gates d_hidden_term step steps")],
  ["gru_step_forward", step(300, "gates bias_hh hidden hidden_term step")],
  [
    "horizon_probe",
    native(
      "d_hidden d_cell control probe_state probes steps batch hidden_size has_cell scaled scale_all scale_one capacity width offset",
      times(6, "steps", "batch", "hidden_size"),
    ),
  ],
  ["keep_values", native("source kept count", times(2, "count"))],
  ["lstm_fused_backward", fused(4, "gates cell weight carry_scale d_hidden d_cell d_gates step steps batch hidden_size from_above")],
  ["lstm_fused_forward", fused(4, "gates weight bias_hh hidden cell step batch hidden_size")],
  ["lstm_sequence_backward", sequenceBackward(4, "gates cell weight carry_scale d_hidden d_cell d_gates")],
  ["lstm_sequence_forward", sequence(4, "gates weight bias_hh hidden cell")],
  ["lstm_step_backward", step(200, "gates cell carry_scale d_carry d_hidden d_cell d_gates step steps")],
  ["lstm_step_forward", step(500, "gates bias_hh hidden cell step")],
  ["matmul_nn", product],
  ["matmul_nt", product],
  ["matmul_tn", product],
  ["pack_recurrent", native("weight_hh forward backward gates hidden", times(40, "gates", "hidden", "hidden"))],
  ["parameter_probe", native("gradients values kept hyper partials count blocks first", times(12, "count"))],
  ["rnn_fused_backward", fused(1, "hidden weight carry_scale d_hidden d_gates step steps batch hidden_size from_above")],
  ["rnn_fused_forward", fused(1, "gates weight bias_hh hidden step batch hidden_size")],
  ["rnn_sequence_backward", sequenceBackward(1, "hidden weight carry_scale d_hidden d_gates")],
  ["rnn_sequence_forward", sequence(1, "gates weight bias_hh hidden")],
  ["rnn_step_backward", step(20, "hidden carry_scale d_carry d_hidden d_gates step steps")],
  ["rnn_step_forward", step(100, "gates bias_hh hidden step")],
  ["sgd", native("params gradients momentum hyper control count", times(12, "count"))],
  [
    "softmax_cross_entropy",
    native("logits targets d_logits row_stats rows classes write_gradient gradient_stride scale", times(80, "rows", "classes")),
  ],
  [
    "spectral_probe",
    native(
      "weight_hh vectors probe_state probes hidden_size gates iterations vector_offset capacity width offset",
      times(2, "iterations", "gates", "hidden_size", "hidden_size"),
    ),
  ],
  [
    "state_probe",
    native(
      "gates hidden d_hidden d_cell control probe_state probes steps batch hidden_size gate_count gate_offset tanh_gates has_cell scaled low high tanh_limit capacity width offset",
      times(20, "steps", "batch", "hidden_size"),
    ),
  ],
  ["softmax_rows", native("logits probabilities rows classes", times(80, "rows", "classes"))],
  [
    "weight_gradients",
    native(
      "a b1 b2 gradients m k n1 m2 n2 lda ldb1 ldb2 a_offset b1_offset b2_offset c1_offset c2_offset bias1_offset bias2_offset",
      ({ m = 0, k = 0, n1 = 0, m2 = 0, n2 = 0 }) => 2 * k * (m * n1 + m2 * n2),
      () => PRODUCT_SCRATCH,
    ),
  ],
]);
