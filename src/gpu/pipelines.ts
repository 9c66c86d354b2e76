import { ExecutorError } from "../plan/executor";
import type { KernelCall } from "../plan/plan";
import { BYTES_PER_ELEMENT } from "../plan/tensor";
import type { AnyKernel } from "../shaders/kernel";
import { messageOf } from "./deviceWatch";
import { SHADER_STAGE_COMPUTE } from "./usage";

export interface KernelLayout {
  readonly bindGroup: GPUBindGroupLayout;
  readonly pipeline: GPUPipelineLayout;
}

/** Shader modules by source, layouts by binding table, pipelines by module, entry point and constants. */
export class PipelineCache {
  readonly #device: GPUDevice;
  readonly #layouts = new Map<string, KernelLayout>();
  readonly #modules = new Map<string, { readonly id: number; readonly module: Promise<GPUShaderModule> }>();
  readonly #pipelines = new Map<string, Promise<GPUComputePipeline>>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** The explicit layout of a kernel's bindings: `layout: "auto"` would drop bindings that an entry point leaves unused. */
  layout(kernel: AnyKernel): KernelLayout {
    const scalars = Object.keys(kernel.scalars).length;
    const accesses = Object.values(kernel.bindings).map((spec) => spec.access);
    const key = `${scalars}:${accesses.join(",")}`;
    const known = this.#layouts.get(key);
    if (known !== undefined) return known;
    const visibility = SHADER_STAGE_COMPUTE;
    const entries: GPUBindGroupLayoutEntry[] = accesses.map((access, i) => ({
      binding: i + 1,
      visibility,
      buffer: { type: access === "read" ? "read-only-storage" : "storage" },
    }));
    if (scalars > 0) entries.unshift({ binding: 0, visibility, buffer: { type: "uniform", minBindingSize: scalars * BYTES_PER_ELEMENT } });
    const bindGroup = this.#device.createBindGroupLayout({ label: kernel.name, entries });
    const layout = { bindGroup, pipeline: this.#device.createPipelineLayout({ label: kernel.name, bindGroupLayouts: [bindGroup] }) };
    this.#layouts.set(key, layout);
    return layout;
  }

  /** @throws ExecutorError "internal" naming the kernel, the line and what is wrong there. */
  pipeline({ kernel, scalars }: Pick<KernelCall, "kernel" | "scalars">): Promise<GPUComputePipeline> {
    const { id, module } = this.#module(kernel);
    const constants = { ...kernel.constants?.(scalars) };
    const key = `${id}/${kernel.name}/${JSON.stringify(Object.entries(constants).sort())}`;
    let pipeline = this.#pipelines.get(key);
    if (pipeline === undefined) {
      pipeline = this.#compile(kernel, module, constants);
      this.#pipelines.set(key, pipeline);
    }
    return pipeline;
  }

  #module(kernel: AnyKernel): { readonly id: number; readonly module: Promise<GPUShaderModule> } {
    let entry = this.#modules.get(kernel.wgsl);
    if (entry === undefined) {
      entry = { id: this.#modules.size, module: createModule(this.#device, kernel) };
      this.#modules.set(kernel.wgsl, entry);
    }
    return entry;
  }

  async #compile(kernel: AnyKernel, pending: Promise<GPUShaderModule>, constants: Record<string, number>): Promise<GPUComputePipeline> {
    const module = await pending;
    const layout = this.layout(kernel).pipeline;
    try {
      return await this.#device.createComputePipelineAsync({
        label: kernel.name,
        layout,
        compute: { module, entryPoint: kernel.name, constants },
      });
    } catch (error) {
      throw new ExecutorError("internal", `The kernel ${kernel.name} could not be prepared for this GPU: ${messageOf(error)}`);
    }
  }
}

async function createModule(device: GPUDevice, kernel: AnyKernel): Promise<GPUShaderModule> {
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ label: kernel.name, code: kernel.wgsl });
  const [error, info] = await Promise.all([device.popErrorScope(), module.getCompilationInfo()]);
  const fault = info.messages.find((message) => message.type === "error");
  if (fault !== undefined) {
    const place = `line ${fault.lineNum}, column ${fault.linePos}`;
    throw new ExecutorError("internal", `The kernel ${kernel.name} does not compile: ${fault.message.trim()} (${place}).`);
  }
  if (error !== null) throw new ExecutorError("internal", `The kernel ${kernel.name} does not compile: ${messageOf(error)}`);
  return module;
}

const caches = new WeakMap<GPUDevice, PipelineCache>();

/** The cache of a device: shared by its executors, so that a second run of the same kernels compiles nothing. */
export function pipelinesOf(device: GPUDevice): PipelineCache {
  let cache = caches.get(device);
  if (cache === undefined) {
    cache = new PipelineCache(device);
    caches.set(device, cache);
  }
  return cache;
}
