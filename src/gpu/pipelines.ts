import { ExecutorError } from "../plan/executor";
import type { KernelCall } from "../plan/plan";
import { type AnyForm, type AnyKernel, formOf, uniformFields } from "../shaders/kernel";
import { ANY_SUBGROUPS, moduleSource, type Storage, type Subgroups } from "../shaders/storage";
import { isSoftwareAdapter } from "./device";
import { messageOf } from "./deviceWatch";
import { Elements } from "./elements";
import { SCALAR_BYTES, SHADER_STAGE_COMPUTE } from "./usage";
import { WarmUp } from "./warmUp";

export interface KernelLayout {
  readonly bindGroup: GPUBindGroupLayout;
  readonly pipeline: GPUPipelineLayout;
  /** Layouts with the same are one. */
  readonly key: string;
  /** What each binding is for. */
  readonly types: readonly (readonly [binding: number, type: GPUBufferBindingType])[];
}

/** Shader modules by source with the types of its tensors, layouts by binding table, pipelines by module, entry point and constants. */
export class PipelineCache {
  readonly #device: GPUDevice;
  readonly #elements: Elements;
  readonly #subgroups: Subgroups;
  readonly #isSoftware: boolean;
  readonly #warmUp: WarmUp;
  readonly #layouts = new Map<string, KernelLayout>();
  readonly #modules = new Map<string, { readonly id: number; readonly module: Promise<GPUShaderModule> }>();
  readonly #pipelines = new Map<string, Promise<GPUComputePipeline>>();

  constructor(device: GPUDevice) {
    this.#device = device;
    this.#elements = new Elements(device);
    this.#subgroups = subgroupsOf(device);
    this.#isSoftware = isSoftware(device);
    this.#warmUp = new WarmUp(device);
  }

  /** The explicit layout of a kernel's bindings: `layout: "auto"` would drop bindings that an entry point leaves unused. */
  layout(kernel: AnyKernel): KernelLayout {
    const scalars = uniformFields(kernel).length;
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
    if (scalars > 0) entries.unshift({ binding: 0, visibility, buffer: { type: "uniform", minBindingSize: scalars * SCALAR_BYTES } });
    const bindGroup = this.#device.createBindGroupLayout({ label: kernel.name, entries });
    const types = entries.map(({ binding, buffer }) => [binding, buffer?.type ?? "uniform"] as const);
    const layout = {
      key,
      bindGroup,
      types,
      pipeline: this.#device.createPipelineLayout({ label: kernel.name, bindGroupLayouts: [bindGroup] }),
    };
    this.#layouts.set(key, layout);
    return layout;
  }

  /** Gives the driver of an adapter that computes on the CPU a pipeline to compile to the end, if this was not yet done. */
  warmUp(kernel: AnyKernel, pipeline: GPUComputePipeline): void {
    if (this.#isSoftware) this.#warmUp.start(pipeline, this.layout(kernel));
  }

  /** @throws ExecutorError "internal" naming the kernel, the line and what is wrong there. */
  pipeline({
    kernel,
    form: name,
    scalars,
    storage,
  }: Pick<KernelCall, "kernel" | "form" | "scalars" | "storage">): Promise<GPUComputePipeline> {
    const form = formOf(kernel, name);
    const { id, module } = this.#module(kernel, form, storage);
    const constants = { ...form.constants?.(scalars) };
    const entryPoint = form.entryPoint ?? kernel.name;
    const key = `${id}/${entryPoint}/${this.layout(kernel).key}/${JSON.stringify(Object.entries(constants).sort())}`;
    let pipeline = this.#pipelines.get(key);
    if (pipeline === undefined) {
      pipeline = this.#compile(kernel, module, entryPoint, constants);
      this.#pipelines.set(key, pipeline);
    }
    return pipeline;
  }

  #module(kernel: AnyKernel, form: AnyForm, storage: Storage): { readonly id: number; readonly module: Promise<GPUShaderModule> } {
    const code = moduleSource(form.wgsl, storage, this.#elements.half, form.needs, this.#subgroups);
    let entry = this.#modules.get(code);
    if (entry === undefined) {
      entry = { id: this.#modules.size, module: createModule(this.#device, kernel, code) };
      this.#modules.set(code, entry);
    }
    return entry;
  }

  async #compile(
    kernel: AnyKernel,
    pending: Promise<GPUShaderModule>,
    entryPoint: string,
    constants: Record<string, number>,
  ): Promise<GPUComputePipeline> {
    const module = await pending;
    const layout = this.layout(kernel).pipeline;
    try {
      return await this.#device.createComputePipelineAsync({
        label: kernel.name,
        layout,
        compute: { module, entryPoint, constants },
      });
    } catch (error) {
      throw new ExecutorError("internal", `The kernel ${kernel.name} could not be prepared for this GPU: ${messageOf(error)}`);
    }
  }
}

/** Browsers of before 2025 do not tell of the adapter or of its subgroups. */
interface MaybeTold {
  readonly adapterInfo?: GPUAdapterInfo & { readonly subgroupMinSize?: number };
}

const isSoftware = ({ adapterInfo }: MaybeTold): boolean => adapterInfo !== undefined && isSoftwareAdapter(adapterInfo);

function subgroupsOf(device: MaybeTold): Subgroups {
  if (device.adapterInfo === undefined) return ANY_SUBGROUPS;
  return { minSize: device.adapterInfo.subgroupMinSize ?? ANY_SUBGROUPS.minSize, isInStep: isSoftware(device) };
}

async function createModule(device: GPUDevice, kernel: AnyKernel, code: string): Promise<GPUShaderModule> {
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ label: kernel.name, code });
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
