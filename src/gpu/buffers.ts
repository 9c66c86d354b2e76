import { ExecutorError } from "../plan/executor";
import type { Program } from "../plan/program";
import type { Arena } from "../plan/tensor";
import { type DeviceWatch, messageOf } from "./deviceWatch";
import { Elements } from "./elements";
import { bufferUsage, formatBytes } from "./usage";

/** One GPU buffer for each arena of a program. WebGPU creates them as zeros. */
export class ArenaBuffers {
  readonly elements: Elements;
  readonly #buffers: ReadonlyMap<Arena, GPUBuffer>;

  private constructor(elements: Elements, buffers: ReadonlyMap<Arena, GPUBuffer>) {
    this.elements = elements;
    this.#buffers = buffers;
  }

  /** @throws ExecutorError "out-of-memory"; nothing stays allocated then. */
  static async create(device: GPUDevice, program: Program, watch: DeviceWatch): Promise<ArenaBuffers> {
    const usage = bufferUsage.storage | bufferUsage.copySrc | bufferUsage.copyDst;
    const sentence = `The GPU has no room for the ${formatBytes(program.bytes)} that this model needs.`;
    const elements = new Elements(device);
    const buffers = new Map<Arena, GPUBuffer>();
    await allocate(device, watch, sentence, () => {
      for (const arena of program.arenas) {
        if (arena.length === 0) continue;
        buffers.set(arena, device.createBuffer({ label: arena.name, size: arena.length * elements.bytes(arena.type), usage }));
      }
      return [...buffers.values()];
    });
    return new ArenaBuffers(elements, buffers);
  }

  /** @throws ExecutorError if the arena is of another program. */
  of(arena: Arena): GPUBuffer {
    const buffer = this.#buffers.get(arena);
    if (buffer === undefined) throw new ExecutorError("internal", `The tensor ${arena.name} is not part of the loaded program.`);
    return buffer;
  }

  destroy(): void {
    for (const buffer of this.#buffers.values()) buffer.destroy();
  }
}

/**
 * Creates buffers (and what goes with them) inside error scopes, before the first await. Destroys the buffers if anything failed.
 * @throws ExecutorError "out-of-memory" with the given sentence, or "internal" with the browser's message.
 */
export async function allocate(
  device: GPUDevice,
  watch: DeviceWatch,
  sentence: string,
  create: () => readonly GPUBuffer[],
): Promise<readonly GPUBuffer[]> {
  device.pushErrorScope("validation");
  device.pushErrorScope("out-of-memory");
  const buffers = create();
  const outcome = Promise.all([device.popErrorScope(), device.popErrorScope()]);
  try {
    const [memory, validation] = await watch.wait(outcome);
    if (memory !== null) throw new ExecutorError("out-of-memory", sentence);
    if (validation !== null) throw new ExecutorError("internal", `The GPU refused a request: ${messageOf(validation)}`);
    return buffers;
  } catch (error) {
    for (const buffer of buffers) buffer.destroy();
    throw error;
  }
}
