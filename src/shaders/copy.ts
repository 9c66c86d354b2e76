import wgsl from "./copy.wgsl?raw";
import { defineKernel } from "./kernel";
import { stridedWorkgroups } from "./strided";

/** Makes a layer's last state the next window's initial one: slot T is copied to slot 0. `cell` is left alone unless `has_cell`. */
export const carryState = defineKernel({
  name: "carry_state",
  wgsl,
  bindings: {
    hidden: { type: "real", access: "read_write", shape: "[T+1, B, H]" },
    cell: { type: "f32", access: "read_write", shape: "[T+1, B, H]" },
  },
  scalars: { steps: "u32", size: "u32", has_cell: "u32" },
  workgroups: ({ size }) => stridedWorkgroups(size, 64),
  twin({ hidden, cell }, { steps, size, has_cell: hasCell }) {
    hidden.copyWithin(0, steps * size, (steps + 1) * size);
    if (hasCell !== 0) cell.copyWithin(0, steps * size, (steps + 1) * size);
  },
});

/** Sets a range of a tensor to one value. */
export const fill = defineKernel({
  name: "fill",
  wgsl,
  bindings: { data: { type: "real", access: "read_write", shape: "[N]" } },
  scalars: { offset: "u32", count: "u32", value: "f32" },
  workgroups: ({ count }) => stridedWorkgroups(count, 64),
  twin({ data }, { offset, count, value }) {
    data.fill(value, offset, offset + count);
  },
});

/** Adds one value to a range of a tensor. */
export const addValue = defineKernel({
  name: "add_value",
  wgsl,
  bindings: { sum: { type: "f32", access: "read_write", shape: "[N]" } },
  scalars: { offset: "u32", count: "u32", value: "f32" },
  workgroups: ({ count }) => stridedWorkgroups(count, 64),
  twin({ sum }, { offset, count, value }) {
    for (let i = offset; i < offset + count; i++) sum[i] = sum[i]! + value;
  },
});
