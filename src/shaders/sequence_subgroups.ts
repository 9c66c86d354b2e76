import { type BindingSpecs, ceilDiv, type KernelForm, type ScalarSpecs } from "./kernel";
import back from "./sequence_back.wgsl?raw";
import common from "./sequence_subgroups.wgsl?raw";

interface SequenceSpecs {
  /** The entry point. */
  readonly name: string;
  readonly bindings: BindingSpecs;
  readonly scalars: ScalarSpecs;
}
type SequenceForm = KernelForm<{ batch: "u32"; hidden_size: "u32" }>;

/** Blocks of four batch rows for a workgroup. More read each weight less often; a few workgroups should be left for the cores. */
const blocksOf = (batch: number): number => [4, 2].find((blocks) => batch > 8 * (blocks - 1)) ?? 1;

/**
 * The form `subgroups` of a sequence kernel.
 * @param inputs names of the tensors that are multiplied by the weight, in the order of the numbers by which the kernel calls them.
 * @param parts the kernel's own WGSL, with its `run`; see sequence_subgroups.wgsl.
 */
function subgroupsForm(kernel: SequenceSpecs, inputs: readonly [string, ...string[]], parts: readonly string[]): SequenceForm {
  const [first, ...others] = inputs;
  const choices = others.map((name, i) => `if (which == ${i + 1}u) { return vec4<f32>(${name}[at]); }`);
  const load = `fn load(which: u32, at: u32) -> vec4<f32> { ${[...choices, `return vec4<f32>(${first}[at]);`].join(" ")} }`;
  return {
    wgsl: [tensors(kernel), load, common, ...parts, entry(kernel.name)].join("\n"),
    needs: "subgroups",
    fits: ({ hidden_size: hiddenSize }) => hiddenSize % 4 === 0,
    workgroups: ({ batch }) => [ceilDiv(batch, 4 * blocksOf(batch)), 1, 1],
    constants: ({ batch }) => ({ BLOCKS: blocksOf(batch) }),
  };
}

/** The form `subgroups` of a forward kernel. See `subgroupsForm`. */
export const forwardSubgroups = (kernel: SequenceSpecs, inputs: readonly [string, ...string[]], source: string): SequenceForm =>
  subgroupsForm(kernel, inputs, [source]);

/** The form `subgroups` of a backward kernel. See `subgroupsForm`. */
export const backwardSubgroups = (kernel: SequenceSpecs, inputs: readonly [string, ...string[]], source: string): SequenceForm =>
  subgroupsForm(kernel, inputs, [back, source]);

const entry = (name: string): string => `@compute @workgroup_size(THREADS)
fn ${name}(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
  @builtin(subgroup_invocation_id) lane: u32
) {
  run(extent(group.x), thread, lane);
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
