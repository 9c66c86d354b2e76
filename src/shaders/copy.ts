import wgsl from "./copy.wgsl?raw";
import { defineKernel } from "./kernel";
import { stridedWorkgroups } from "./strided";

/** Copies a range of a tensor to another place in it; the two ranges must not overlap. */
export const copyWithin = defineKernel({
  name: "copy_within",
  wgsl,
  bindings: { data: { type: "real", access: "read_write", shape: "[N]" } },
  scalars: { source_offset: "u32", target_offset: "u32", count: "u32" },
  workgroups: ({ count }) => stridedWorkgroups(count, 64),
  twin({ data }, { source_offset, target_offset, count }) {
    data.copyWithin(target_offset, source_offset, source_offset + count);
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
