import type { KernelLayout } from "./pipelines";
import { bufferUsage } from "./usage";

/** WebGPU's largest alignment of a binding's offset, and more than any kernel's scalars take. */
const RANGE_BYTES = 256;
/** Scalars and eight tensors. */
const MAX_BINDINGS = 9;

/**
 * Lets a driver compile pipelines for its processor as they come. Mesa's llvmpipe does that when a pipeline is dispatched first, one after
 * another on its queue's thread, and takes longer than for everything before; so each is dispatched as soon as it is there, while others
 * are still being made. It is one workgroup on buffers of its own, with all scalars zero: no sizes, nothing to do. (Of none at all
 * Dawn warns.)
 */
export class WarmUp {
  readonly #device: GPUDevice;
  readonly #started = new WeakSet<GPUComputePipeline>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Does it once for each pipeline. */
  start(pipeline: GPUComputePipeline, { bindGroup: layout, types }: KernelLayout): void {
    if (this.#started.has(pipeline)) return;
    this.#started.add(pipeline);
    const create = (size: number, usage: number): GPUBuffer => this.#device.createBuffer({ label: "warm-up", size, usage });
    const uniform = create(RANGE_BYTES, bufferUsage.uniform);
    const read = create(RANGE_BYTES, bufferUsage.storage);
    const written = create(MAX_BINDINGS * RANGE_BYTES, bufferUsage.storage);
    const entries = types.map(([binding, type], i): GPUBindGroupEntry => {
      // What is written must not overlap.
      if (type === "storage") return { binding, resource: { buffer: written, offset: i * RANGE_BYTES, size: RANGE_BYTES } };
      return { binding, resource: { buffer: type === "uniform" ? uniform : read, size: RANGE_BYTES } };
    });
    const encoder = this.#device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, this.#device.createBindGroup({ label: "warm-up", layout, entries }));
    pass.dispatchWorkgroups(1);
    pass.end();
    this.#device.queue.submit([encoder.finish()]);
    // What is submitted still runs.
    for (const buffer of [uniform, read, written]) buffer.destroy();
  }
}
