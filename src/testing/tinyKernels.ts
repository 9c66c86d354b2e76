import { ceilDiv, defineKernel } from "../shaders/kernel";

const WORKGROUP = 64;

/** Kernels small enough to see at a glance that they are right, for tests of the executors. */
const wgsl = `
struct Scalars { count: u32, factor: f32 }
@group(0) @binding(0) var<uniform> scalars: Scalars;
@group(0) @binding(1) var<storage, read_write> data: array<f32>;

@compute @workgroup_size(${WORKGROUP})
fn scale(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x < scalars.count) { data[id.x] = data[id.x] * scalars.factor; }
}

@compute @workgroup_size(${WORKGROUP})
fn increment(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x < scalars.count) { data[id.x] = data[id.x] + scalars.factor; }
}

struct SlowScalars { count: u32, turns: u32 }
@group(0) @binding(0) var<uniform> slow_scalars: SlowScalars;

@compute @workgroup_size(${WORKGROUP})
fn slow(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= slow_scalars.count) { return; }
  var value = data[id.x];
  for (var turn = 0u; turn < slow_scalars.turns; turn++) { value = cos(value); }
  data[id.x] = value;
}

struct AddScalars { count: u32 }
@group(0) @binding(0) var<uniform> add_scalars: AddScalars;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> sum: array<f32>;

@compute @workgroup_size(${WORKGROUP})
fn add(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x < add_scalars.count) { sum[id.x] = a[id.x] + b[id.x]; }
}
`;

const f32 = "f32" as const;

/** data *= factor */
export const scale = defineKernel({
  name: "scale",
  wgsl,
  bindings: { data: { type: f32, access: "read_write", shape: "[N]" } },
  scalars: { count: "u32", factor: f32 },
  workgroups: ({ count }) => [ceilDiv(count, WORKGROUP), 1, 1],
  twin({ data }, { count, factor }) {
    for (let i = 0; i < count; i += 1) data[i]! *= factor;
  },
});

/** data += factor */
export const increment = defineKernel({
  name: "increment",
  wgsl,
  bindings: { data: { type: f32, access: "read_write", shape: "[N]" } },
  scalars: { count: "u32", factor: f32 },
  workgroups: ({ count }) => [ceilDiv(count, WORKGROUP), 1, 1],
  twin({ data }, { count, factor }) {
    for (let i = 0; i < count; i += 1) data[i]! += factor;
  },
});

/** data = cos(cos(... data)), `turns` times: takes as long as one likes. */
export const slow = defineKernel({
  name: "slow",
  wgsl,
  bindings: { data: { type: f32, access: "read_write", shape: "[N]" } },
  scalars: { count: "u32", turns: "u32" },
  workgroups: ({ count }) => [ceilDiv(count, WORKGROUP), 1, 1],
  twin({ data }, { count, turns }) {
    for (let i = 0; i < count; i += 1) for (let turn = 0; turn < turns; turn += 1) data[i] = Math.cos(data[i]!);
  },
});

/** sum = a + b */
export const add = defineKernel({
  name: "add",
  wgsl,
  bindings: {
    a: { type: f32, access: "read", shape: "[N]" },
    b: { type: f32, access: "read", shape: "[N]" },
    sum: { type: f32, access: "read_write", shape: "[N]" },
  },
  scalars: { count: "u32" },
  workgroups: ({ count }) => [ceilDiv(count, WORKGROUP), 1, 1],
  twin({ a, b, sum }, { count }) {
    for (let i = 0; i < count; i += 1) sum[i] = a[i]! + b[i]!;
  },
});
