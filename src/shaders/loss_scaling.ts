import { controlIndex, counterIndex, METRICS_PER_STEP, metricIndex } from "./gradient_norm";
import { ceilDiv, defineKernel } from "./kernel";
import wgsl from "./loss_scaling.wgsl?raw";
import { stridedWorkgroups } from "./strided";

/** |x| below this has fewer digits in f16, or none. */
export const SMALLEST_NORMAL_HALF = 2 ** -14;
/** A doubled scale must stay a finite f32. */
const LARGEST_SCALE = 2 ** 126;

/** Rounds f32 to the call's storage type, after multiplying with the loss scale if `scaled` is not 0. */
export const narrow = defineKernel({
  name: "narrow",
  wgsl,
  bindings: {
    source: { type: "f32", access: "read", shape: "[N]" },
    control: { type: "f32", access: "read", shape: "[8]" },
    target: { type: "real", access: "read_write", shape: "[N]" },
  },
  scalars: { count: "u32", scaled: "u32" },
  workgroups: ({ count }) => stridedWorkgroups(count, 64),
  twin({ source, control, target }, { count, scaled }) {
    const factor = scaled !== 0 ? control[controlIndex.lossScale]! : 1;
    for (let i = 0; i < count; i++) target[i] = source[i]! * factor;
  },
});

/** How many blocks count the underflow of `count` gate gradients. */
export const underflowBlocks = (count: number): number => Math.min(ceilDiv(count, 1024), 64);

/** Counts, in blocks from `first_block` on, the gate gradients below SMALLEST_NORMAL_HALF of the steps that a gradient reaches. */
export const countUnderflow = defineKernel({
  name: "count_underflow",
  wgsl,
  bindings: {
    d_gates: { type: "real", access: "read", shape: "[T, B, G*H]" },
    reach: { type: "f32", access: "read", shape: "[T]" },
    counts: { type: "u32", access: "read_write", shape: "[blocks]" },
  },
  scalars: { count: "u32", per_step: "u32", blocks: "u32", first_block: "u32" },
  workgroups: ({ blocks }) => [blocks, 1, 1],
  twin({ d_gates: dGates, reach, counts }, { count, per_step: perStep, blocks, first_block: firstBlock }) {
    counts.fill(0, firstBlock, firstBlock + blocks);
    for (let i = 0; i < count; i++) {
      if (reach[Math.floor(i / perStep)] === 0 || !(Math.abs(dGates[i]!) < SMALLEST_NORMAL_HALF)) continue;
      const block = firstBlock + (Math.floor(i / 64) % blocks);
      counts[block] = counts[block]! + 1;
    }
  },
});

/** Divides every gradient by the loss scale. */
export const unscale = defineKernel({
  name: "unscale",
  wgsl,
  bindings: {
    control: { type: "f32", access: "read", shape: "[8]" },
    gradients: { type: "f32", access: "read_write", shape: "[N]" },
  },
  scalars: { count: "u32" },
  workgroups: ({ count }) => stridedWorkgroups(count, 64),
  twin({ control, gradients }, { count }) {
    const factor = 1 / control[controlIndex.lossScale]!;
    for (let i = 0; i < count; i++) gradients[i] = gradients[i]! * factor;
  },
});

/**
 * GradScaler's update, after step_finalize: halves the scale when the gradient was not finite, doubles it after `growth_interval`
 * good steps in a row, and completes the step's row of metrics. `counted_per_step` gate gradients were looked at for each step of `reach`.
 */
export const updateScale = defineKernel({
  name: "update_scale",
  wgsl,
  bindings: {
    counts: { type: "u32", access: "read", shape: "[blocks]" },
    reach: { type: "f32", access: "read", shape: "[T]" },
    control: { type: "f32", access: "read_write", shape: "[8]" },
    counters: { type: "u32", access: "read_write", shape: "[8]" },
    metrics: { type: "f32", access: "read_write", shape: "[capacity, 10]" },
  },
  scalars: { blocks: "u32", steps: "u32", counted_per_step: "f32", growth_interval: "u32", capacity: "u32" },
  workgroups: () => [1, 1, 1],
  twin(
    { counts, reach, control, counters, metrics },
    { blocks, steps, counted_per_step: perStep, growth_interval: growthInterval, capacity },
  ) {
    const scale = control[controlIndex.lossScale]!;
    if (control[controlIndex.finite] === 0) {
      control[controlIndex.lossScale] = scale / 2;
      counters[counterIndex.skipped] = counters[counterIndex.skipped]! + 1;
      counters[counterIndex.good] = 0;
    } else {
      const good = counters[counterIndex.good]! + 1;
      const grows = good >= growthInterval;
      if (grows && scale <= LARGEST_SCALE) control[controlIndex.lossScale] = scale * 2;
      counters[counterIndex.good] = grows ? 0 : good;
    }
    let small = 0;
    for (let i = 0; i < blocks; i++) small += counts[i]!;
    let reached = 0;
    for (let t = 0; t < steps; t++) reached += reach[t]!;
    const row = METRICS_PER_STEP * ((counters[counterIndex.step]! - 1) % capacity);
    metrics[row + metricIndex.lossScale] = scale;
    metrics[row + metricIndex.skipped] = counters[counterIndex.skipped]!;
    metrics[row + metricIndex.underflow] = small / (reached * perStep);
  },
});
