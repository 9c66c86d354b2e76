/** What was asked of WebGPU in a stretch of time. */
export interface Counts {
  readonly dispatches: number;
  readonly submits: number;
}

/** The prototypes of WebGPU's classes, which browsers and Dawn in Node both have as globals once WebGPU is started. */
interface Prototypes {
  readonly GPUComputePassEncoder: { readonly prototype: GPUComputePassEncoder };
  readonly GPUQueue: { readonly prototype: GPUQueue };
  readonly GPUDevice: { readonly prototype: GPUDevice };
  readonly GPUBuffer: { readonly prototype: GPUBuffer };
}

const hasPrototypes = (scope: object): scope is Prototypes => "GPUDevice" in scope && "GPUQueue" in scope;

/** Calls `before` ahead of every call of a method, of whatever object; returns what undoes it. */
function watch<T extends object>(
  prototype: T,
  method: keyof T & string,
  before: (self: T, args: readonly unknown[], result: unknown) => void,
) {
  const original: unknown = Reflect.get(prototype, method);
  if (typeof original !== "function") return () => {};
  Reflect.set(prototype, method, function (this: T, ...args: unknown[]) {
    const result: unknown = Reflect.apply(original, this, args);
    before(this, args, result);
    return result;
  });
  return () => void Reflect.set(prototype, method, original);
}

/** Counts dispatches and submits of everything on this thread while `work` runs; null where there is no WebGPU. */
export async function countDuring(work: () => Promise<unknown>): Promise<Counts | null> {
  const scope: object = globalThis;
  if (!hasPrototypes(scope)) return null;
  let dispatches = 0;
  let submits = 0;
  const count = () => {
    dispatches += 1;
  };
  const undo = [
    watch(scope.GPUComputePassEncoder.prototype, "dispatchWorkgroups", count),
    watch(scope.GPUComputePassEncoder.prototype, "dispatchWorkgroupsIndirect", count),
    watch(scope.GPUQueue.prototype, "submit", (_queue, [buffers]) => {
      // An empty one only asks the device whether it is done.
      if (Array.isArray(buffers) && buffers.length > 0) submits += 1;
    }),
  ];
  await work().finally(() => {
    for (const each of undo) each();
  });
  return { dispatches, submits };
}

/** The bytes of all GPU buffers that were created and not destroyed since it was made. */
export class BufferMeter {
  #bytes = 0;
  readonly #live = new WeakSet<object>();

  /** WebGPU must have been started. */
  constructor() {
    const scope: object = globalThis;
    if (!hasPrototypes(scope)) return;
    watch(scope.GPUDevice.prototype, "createBuffer", (_device, _args, result) => {
      if (typeof result !== "object" || result === null || !("size" in result)) return;
      this.#live.add(result);
      this.#bytes += Number(result.size);
    });
    watch(scope.GPUBuffer.prototype, "destroy", (buffer) => {
      if (this.#live.delete(buffer)) this.#bytes -= buffer.size;
    });
  }

  get bytes(): number {
    return this.#bytes;
  }
}
