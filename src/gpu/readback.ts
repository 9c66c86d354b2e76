import type { HostArray } from "../plan/executor";
import type { Tensor } from "../plan/tensor";
import { type ArenaBuffers, allocate } from "./buffers";
import type { DeviceWatch } from "./deviceWatch";
import type { Elements } from "./elements";
import { bufferUsage, formatBytes, MAP_MODE_READ } from "./usage";

const RING_SIZE = 3;
const STAGING_USAGE = bufferUsage.mapRead | bufferUsage.copyDst;

/** Whole words, as copies need them; an arena is long enough for the last. */
const bytesOf = (tensor: Tensor, elements: Elements): number => Math.ceil((tensor.size * elements.bytes(tensor.type)) / 4) * 4;
const rangeKey = (tensor: Tensor): string => `${tensor.arena.id}:${tensor.offset}:${tensor.size}`;

function copyOut(device: GPUDevice, arenas: ArenaBuffers, tensor: Tensor, staging: GPUBuffer): void {
  const encoder = device.createCommandEncoder();
  const { elements } = arenas;
  encoder.copyBufferToBuffer(arenas.of(tensor.arena), tensor.offset * elements.bytes(tensor.type), staging, 0, bytesOf(tensor, elements));
  device.queue.submit([encoder.finish()]);
}

const mappedArray = (staging: GPUBuffer, tensor: Tensor, elements: Elements): HostArray =>
  elements.decode(tensor.type, staging.getMappedRange(0, bytesOf(tensor, elements)), tensor.size);

/** Reads a tensor through a staging buffer of its own. The copy is enqueued before this function first awaits anything. */
export async function readTensor(device: GPUDevice, watch: DeviceWatch, arenas: ArenaBuffers, tensor: Tensor): Promise<HostArray> {
  const { elements } = arenas;
  arenas.of(tensor.arena);
  const bytes = bytesOf(tensor, elements);
  const sentence = `The GPU has no room to copy the ${formatBytes(bytes)} of ${tensor.name}.`;
  const staging = await allocate(device, watch, sentence, () => {
    const buffer = device.createBuffer({ label: `read ${tensor.name}`, size: bytes, usage: STAGING_USAGE });
    copyOut(device, arenas, tensor, buffer);
    return [buffer];
  });
  try {
    await Promise.all(staging.map((buffer) => watch.wait(buffer.mapAsync(MAP_MODE_READ))));
    const [data] = staging.map((buffer) => mappedArray(buffer, tensor, elements).slice());
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
    copyOut(this.#device, this.#arenas, tensor, staging);
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
    receive(mappedArray(staging, tensor, this.#arenas.elements));
  }

  #ring(tensor: Tensor): GPUBuffer[] {
    const known = this.#free.get(rangeKey(tensor));
    if (known !== undefined) return known;
    this.#arenas.of(tensor.arena);
    const ring = Array.from({ length: RING_SIZE }, () =>
      this.#device.createBuffer({ label: `poll ${tensor.name}`, size: bytesOf(tensor, this.#arenas.elements), usage: STAGING_USAGE }),
    );
    this.#all.push(...ring);
    this.#free.set(rangeKey(tensor), ring);
    return ring;
  }
}
