import { IGNORE } from "./cross_entropy";
import wgsl from "./gather.wgsl?raw";
import { counterIndex } from "./gradient_norm";
import { ceilDiv, defineKernel } from "./kernel";
import { stridedWorkgroups } from "./strided";

/** The next batch of images, one image row per time step; pixels become 0 to 1. */
export const gatherImages = defineKernel({
  name: "gather_images",
  wgsl,
  bindings: {
    images: { type: "u32", access: "read", shape: "[items, ceil(T*I / 4)]" },
    labels: { type: "u32", access: "read", shape: "[items]" },
    order: { type: "u32", access: "read", shape: "[items]" },
    counters: { type: "u32", access: "read", shape: "[8]" },
    x: { type: "real", access: "read_write", shape: "[T, B, I]" },
    y: { type: "u32", access: "read_write", shape: "[B]" },
  },
  scalars: { steps: "u32", batch: "u32", input_size: "u32", items: "u32" },
  workgroups: ({ steps, batch, input_size }) => stridedWorkgroups(steps * batch * input_size, 64),
  twin({ images, labels, order, counters, x, y }, { steps, batch, input_size, items }) {
    const words = ceilDiv(steps * input_size, 4);
    for (let b = 0; b < batch; b++) {
      const p = counters[counterIndex.cursor]! * batch + b;
      const image = order[p]!;
      y[b] = p < items ? labels[image]! : IGNORE;
      for (let byte = 0; byte < steps * input_size; byte++) {
        const t = Math.floor(byte / input_size);
        const word = images[image * words + (byte >>> 2)]!;
        x[(t * batch + b) * input_size + (byte % input_size)] = p < items ? ((word >>> (8 * (byte & 3))) & 255) / 255 : 0;
      }
    }
  },
});

/** The next window of each of B text streams, and the same window one token later as targets. */
export const gatherWindows = defineKernel({
  name: "gather_windows",
  wgsl,
  bindings: {
    tokens: { type: "u32", access: "read", shape: "[B*lane_length + 1]" },
    counters: { type: "u32", access: "read", shape: "[8]" },
    x: { type: "u32", access: "read_write", shape: "[T, B]" },
    y: { type: "u32", access: "read_write", shape: "[T, B]" },
  },
  scalars: { steps: "u32", batch: "u32", lane_length: "u32" },
  workgroups: ({ steps, batch }) => stridedWorkgroups(steps * batch, 64),
  twin({ tokens, counters, x, y }, { steps, batch, lane_length }) {
    for (let t = 0; t < steps; t++) {
      const q = counters[counterIndex.cursor]! * steps + t;
      for (let b = 0; b < batch; b++) {
        x[t * batch + b] = q < lane_length ? tokens[b * lane_length + q]! : 0;
        y[t * batch + b] = q < lane_length ? tokens[b * lane_length + q + 1]! : IGNORE;
      }
    }
  },
});

/** The next batch of whole sequences with a target at each step (IGNORE where there is none). */
export const gatherSequences = defineKernel({
  name: "gather_sequences",
  wgsl,
  bindings: {
    inputs: { type: "u32", access: "read", shape: "[items, T]" },
    targets: { type: "u32", access: "read", shape: "[items, T]" },
    order: { type: "u32", access: "read", shape: "[items]" },
    counters: { type: "u32", access: "read", shape: "[8]" },
    x: { type: "u32", access: "read_write", shape: "[T, B]" },
    y: { type: "u32", access: "read_write", shape: "[T, B]" },
  },
  scalars: { steps: "u32", batch: "u32", items: "u32" },
  workgroups: ({ steps, batch }) => stridedWorkgroups(steps * batch, 64),
  twin({ inputs, targets, order, counters, x, y }, { steps, batch, items }) {
    for (let b = 0; b < batch; b++) {
      const p = counters[counterIndex.cursor]! * batch + b;
      for (let t = 0; t < steps; t++) {
        x[t * batch + b] = p < items ? inputs[order[p]! * steps + t]! : 0;
        y[t * batch + b] = p < items ? targets[order[p]! * steps + t]! : IGNORE;
      }
    }
  },
});

/** Moves the cursor on by `by` batches, where no step_finalize does: in validation. A call of its own, since a gather's threads all read the cursor. */
export const advanceCursor = defineKernel({
  name: "advance_cursor",
  wgsl,
  bindings: { counters: { type: "u32", access: "read_write", shape: "[8]" } },
  scalars: { by: "u32" },
  workgroups: () => [1, 1, 1],
  twin({ counters }, { by }) {
    counters[counterIndex.cursor] = counters[counterIndex.cursor]! + by;
  },
});
