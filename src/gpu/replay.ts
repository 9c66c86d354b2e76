import type { KernelCall, Plan } from "../plan/plan";
import type { Program } from "../plan/program";
import { type AnyKernel, uniformFields } from "../shaders/kernel";
import type { ArenaBuffers } from "./buffers";
import { boundBytes } from "./limits";
import type { PipelineCache } from "./pipelines";
import { bufferUsage, SCALAR_BYTES } from "./usage";

/** WebGPU's largest minUniformBufferOffsetAlignment: each call's scalars start at a multiple of it. */
const SCALAR_STRIDE = 256;

/** A kernel call with everything that WebGPU needs for it, made once. */
export interface PreparedCall {
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** The scalars of all calls of a program, in the order of its plans, in one uniform buffer that is written once. */
export function createScalarBuffer(device: GPUDevice, program: Program): GPUBuffer {
  const calls = [...program.plans.values()].flatMap((plan) => plan.calls);
  const words = SCALAR_STRIDE / SCALAR_BYTES;
  const block = new ArrayBuffer(Math.max(1, calls.length) * SCALAR_STRIDE);
  const view = new DataView(block);
  for (const [i, { kernel, scalars }] of calls.entries()) writeScalars(view, i * words, kernel, scalars);
  const buffer = device.createBuffer({ label: "scalars", size: block.byteLength, usage: bufferUsage.uniform | bufferUsage.copyDst });
  device.queue.writeBuffer(buffer, 0, block);
  return buffer;
}

function writeScalars(view: DataView, firstWord: number, kernel: AnyKernel, scalars: Readonly<Record<string, number>>): void {
  const values = { ...scalars, ...kernel.fixed };
  for (const [i, [name, type]] of uniformFields(kernel).entries()) {
    const at = (firstWord + i) * SCALAR_BYTES;
    const value = values[name] ?? 0;
    if (type === "f32") view.setFloat32(at, value, true);
    else view.setUint32(at, value, true);
  }
}

/** Where the scalars of each plan's first call stand among those of all calls. */
export function firstScalars(program: Program): ReadonlyMap<Plan, number> {
  let first = 0;
  return new Map(
    [...program.plans.values()].map((plan) => {
      const entry = [plan, first] as const;
      first += plan.calls.length;
      return entry;
    }),
  );
}

export interface PlanResources {
  readonly cache: PipelineCache;
  readonly arenas: ArenaBuffers;
  readonly scalars: GPUBuffer;
  /** As `firstScalars` says for the plan. */
  readonly firstScalar: number;
}

/** Creates the bind group of each of a plan's calls. @param pipelines compiled already, in the order of the calls. */
export function prepareCalls(
  device: GPUDevice,
  plan: Plan,
  pipelines: readonly GPUComputePipeline[],
  { cache, arenas, scalars, firstScalar }: PlanResources,
): PreparedCall[] {
  return plan.calls.map((call, i) => {
    const pipeline = pipelines[i];
    if (pipeline === undefined) throw new RangeError(`no pipeline for ${call.kernel.name}`);
    const [x, y, z] = call.workgroups;
    const layout = cache.layout(call.kernel).bindGroup;
    const entries = bindEntries(call, arenas, scalars, (firstScalar + i) * SCALAR_STRIDE);
    return { pipeline, bindGroup: device.createBindGroup({ label: call.kernel.name, layout, entries }), x, y, z };
  });
}

function bindEntries(
  { kernel, tensors }: KernelCall,
  arenas: ArenaBuffers,
  scalarBuffer: GPUBuffer,
  scalarOffset: number,
): GPUBindGroupEntry[] {
  const entries: GPUBindGroupEntry[] = tensors.map((tensor, i) => ({
    binding: i + 1,
    resource: {
      buffer: arenas.of(tensor.arena),
      offset: tensor.offset * arenas.elements.bytes(tensor.type),
      size: boundBytes(tensor, arenas.elements),
    },
  }));
  const scalars = uniformFields(kernel).length;
  // A uniform struct's size is its fields' size, but some drivers read uniforms by 16 bytes.
  const size = Math.ceil((scalars * SCALAR_BYTES) / 16) * 16;
  if (scalars > 0) entries.unshift({ binding: 0, resource: { buffer: scalarBuffer, offset: scalarOffset, size } });
  return entries;
}

/** Records calls `first` to `end - 1`, `replays` times over, into one compute pass, and submits it. */
export function submitCalls(device: GPUDevice, calls: readonly PreparedCall[], first: number, end: number, replays: number): void {
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  let current: GPUComputePipeline | undefined;
  for (let replay = 0; replay < replays; replay += 1) {
    for (let i = first; i < end; i += 1) {
      const call = calls[i];
      if (call === undefined) throw new RangeError(`a plan of ${calls.length} calls has no call ${i}`);
      if (call.pipeline !== current) {
        pass.setPipeline(call.pipeline);
        current = call.pipeline;
      }
      pass.setBindGroup(0, call.bindGroup);
      pass.dispatchWorkgroups(call.x, call.y, call.z);
    }
  }
  pass.end();
  device.queue.submit([encoder.finish()]);
}
