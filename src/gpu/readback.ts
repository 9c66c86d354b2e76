import type { HostArray } from "../plan/executor";
import { BYTES_PER_ELEMENT, type Tensor } from "../plan/tensor";
import { type ArenaBuffers, allocate } from "./buffers";
import type { DeviceWatch } from "./deviceWatch";
import { bufferUsage, formatBytes, MAP_MODE_READ } from "./usage";

const RING_SIZE = 3;
const STAGING_USAGE = bufferUsage.mapRead | bufferUsage.copyDst;

const bytesOf = (tensor: Tensor): number => tensor.size * BYTES_PER_ELEMENT;
const rangeKey = (tensor: Tensor): string => `${tensor.arena.id}:${tensor.offset}:${tensor.size}`;

function copyOut(device: GPUDevice, source: GPUBuffer, tensor: Tensor, staging: GPUBuffer): void {
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(source, tensor.offset * BYTES_PER_ELEMENT, staging, 0, bytesOf(tensor));
  device.queue.submit([encoder.finish()]);
}

function mappedArray(staging: GPUBuffer, tensor: Tensor): HostArray {
  const mapped = staging.getMappedRange(0, bytesOf(tensor));
  return tensor.type === "f32" ? new Float32Array(mapped) : new Uint32Array(mapped);
}

/** Reads a tensor through a staging buffer of its own. The copy is enqueued before this function first awaits anything. */
export async function readTensor(device: GPUDevice, watch: DeviceWatch, arenas: ArenaBuffers, tensor: Tensor): Promise<HostArray> {
  const source = arenas.of(tensor.arena);
  const sentence = `The GPU has no room to copy the ${formatBytes(bytesOf(tensor))} of ${tensor.name}.`;
  const staging = await allocate(device, watch, sentence, () => {
    const buffer = device.createBuffer({ label: `read ${tensor.name}`, size: bytesOf(tensor), usage: STAGING_USAGE });
    copyOut(device, source, tensor, buffer);
    return [buffer];
  });
  try {
    await Promise.all(staging.map((buffer) => watch.wait(buffer.mapAsync(MAP_MODE_READ))));
    const [data] = staging.map((buffer) => mappedArray(buffer, tensor).slice());
    if (data === undefined) throw new RangeError("nothing was read");
    return data;
  } finally {
    for (const buffer of staging) buffer.destroy();
  }
}

/** Staging buffers for polling: three for each polled range, made at its first poll and kept. */
export class PollRings {
  readonly #device: GPUDevice;
  readonly #watch: DeviceWatch;
  readonly #arenas: ArenaBuffers;
  readonly #free = new Map<string, GPUBuffer[]>();
  readonly #all: GPUBuffer[] = [];
  readonly #pending = new Set<Promise<void>>();

  constructor(device: GPUDevice, watch: DeviceWatch, arenas: ArenaBuffers) {
    this.#device = device;
    this.#watch = watch;
    this.#arenas = arenas;
  }

  /** Takes a staging buffer, or returns undefined if all three are in use. */
  reserve(tensor: Tensor): GPUBuffer | undefined {
    return this.#ring(tensor).pop();
  }

  /** Enqueues the copy and hands it over once it is there. An exception of `receive` goes to the next caller of the executor. */
  start(tensor: Tensor, staging: GPUBuffer, receive: (data: HostArray) => void): void {
    copyOut(this.#device, this.#arenas.of(tensor.arena), tensor, staging);
    const delivered = this.#deliver(tensor, staging, receive)
      .catch((error: unknown) => this.#watch.report(error instanceof Error ? error : new Error(String(error))))
      .finally(() => {
        staging.unmap();
        this.#ring(tensor).push(staging);
        this.#pending.delete(delivered);
      });
    this.#pending.add(delivered);
  }

  /** Resolves when every poll so far was handed over. */
  async settled(): Promise<void> {
    await Promise.all(this.#pending);
  }

  destroy(): void {
    for (const buffer of this.#all) buffer.destroy();
  }

  async #deliver(tensor: Tensor, staging: GPUBuffer, receive: (data: HostArray) => void): Promise<void> {
    await this.#watch.wait(staging.mapAsync(MAP_MODE_READ));
    receive(mappedArray(staging, tensor));
  }

  #ring(tensor: Tensor): GPUBuffer[] {
    const known = this.#free.get(rangeKey(tensor));
    if (known !== undefined) return known;
    this.#arenas.of(tensor.arena);
    const ring = Array.from({ length: RING_SIZE }, () =>
      this.#device.createBuffer({ label: `poll ${tensor.name}`, size: bytesOf(tensor), usage: STAGING_USAGE }),
    );
    this.#all.push(...ring);
    this.#free.set(rangeKey(tensor), ring);
    return ring;
  }
}
