import { type BindingSpecs, ceilDiv, type KernelForm, type ScalarSpecs } from "./kernel";
import state from "./sequence_state.wgsl?raw";
import common from "./sequence_subgroups.wgsl?raw";

interface SequenceSpecs {
  /** The entry point. */
  readonly name: string;
  readonly bindings: BindingSpecs;
  readonly scalars: ScalarSpecs;
}
type Sizes = { readonly batch: number; readonly hidden_size: number };
type SequenceForm = KernelForm<{ batch: "u32"; hidden_size: "u32" }>;

/** Units that a workgroup's threads go over in one turn. */
const TURN = 32;
/** Turns for which backward kernels keep what flows back. */
const MAX_TURNS = 8;
/** Vectors of four in WebGPU's 16 KiB of workgroup memory. */
const WORKGROUP_VECTORS = 1024;

/**
 * Blocks of four batch rows for a workgroup. More read each weight less often; a few workgroups should be left for the cores, and forward
 * two vectors of H numbers for each row must fit into workgroup memory.
 */
const blocksOf = ({ batch, hidden_size: hiddenSize }: Sizes): number =>
  [4, 2].find((blocks) => 2 * 4 * blocks * (hiddenSize / 4) <= WORKGROUP_VECTORS && batch > 8 * (blocks - 1)) ?? 1;

const formOf = (kernel: SequenceSpecs, parts: readonly string[]): SequenceForm => ({
  wgsl: [tensors(kernel), ...parts, entry(kernel.name)].join("\n"),
  needs: "subgroups",
  fits: ({ hidden_size: hiddenSize }) => hiddenSize % 4 === 0 && hiddenSize <= TURN * MAX_TURNS,
  workgroups: (scalars) => [ceilDiv(scalars.batch, 4 * blocksOf(scalars)), 1, 1],
  constants: (scalars) => ({ BLOCKS: blocksOf(scalars) }),
});

/** The form `subgroups` of a forward kernel, whose `state` is multiplied by the weight. @param source its `run`, see sequence_subgroups.wgsl. */
export const forwardSubgroups = (kernel: SequenceSpecs, source: string): SequenceForm => formOf(kernel, [common, state, source]);

/**
 * The form `subgroups` of a backward kernel.
 * @param vectors names of the tensors that are multiplied by the weight, in the order of the numbers by which `source` calls them.
 * @param source its `run`, see sequence_subgroups.wgsl.
 */
export function backwardSubgroups(kernel: SequenceSpecs, vectors: readonly [string, ...string[]], source: string): SequenceForm {
  const [first, ...others] = vectors;
  const choices = others.map((name, i) => `if (which == ${i + 1}u) { return vec4<f32>(${name}[at]); }`);
  const load = `fn load(which: u32, at: u32) -> vec4<f32> { ${[...choices, `return vec4<f32>(${first}[at]);`].join(" ")} }`;
  return formOf(kernel, [load, `const COLUMNS = ${MAX_TURNS}u;`, common, source]);
}

const entry = (name: string): string => `@compute @workgroup_size(THREADS)
fn ${name}(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_size) lanes: u32
) {
  run(extent(group.x), thread, lane, lanes);
}
`;

/** A kernel's scalars and tensors, these in vectors of four where they have units. */
function tensors({ bindings, scalars }: SequenceSpecs): string {
  const fields = Object.entries(scalars).map(([name, type]) => `${name}: ${type}`);
  const declarations = Object.entries(bindings).map(([name, { type, access }], i) => {
    const element = name === "carry_scale" ? type : `vec4<${type}>`;
    return `@group(0) @binding(${i + 1}) var<storage, ${access}> ${name}: array<${element}>;`;
  });
  return [
    `struct Scalars { ${fields.join(", ")} }`,
    "@group(0) @binding(0) var<uniform> scalars: Scalars;",
    ...declarations,
    "fn to_reals(x: vec4<f32>) -> vec4<real> { return vec4(to_real(x.x), to_real(x.y), to_real(x.z), to_real(x.w)); }",
  ].join("\n");
}
