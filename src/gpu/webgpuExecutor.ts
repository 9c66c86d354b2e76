import { type DeviceFacts, type Executor, ExecutorError, type HostArray, noHalf } from "../plan/executor";
import type { Plan } from "../plan/plan";
import type { Program } from "../plan/program";
import { isFloat, type Tensor } from "../plan/tensor";
import { ArenaBuffers, allocate } from "./buffers";
import { DeviceWatch } from "./deviceWatch";
import { Elements } from "./elements";
import { InFlight } from "./inFlight";
import { checkLimits } from "./limits";
import { OrderedTasks } from "./orderedTasks";
import { pipelinesOf } from "./pipelines";
import { PlanPace } from "./planPace";
import { PollRings, readTensor } from "./readback";
import { createScalarBuffer, firstScalars, type PreparedCall, prepareCalls, submitCalls } from "./replay";

export interface WebGpuExecutorOptions {
  /** GPU time that one submit should take: long enough to hide its cost, short enough that the page's own drawing gets through. */
  readonly targetMs?: number;
  /** Submits that may be unfinished at once, unless they are short. More only adds delay between what is on the GPU and what the host decides. */
  readonly maxInFlight?: number;
  /** Takes programs of half precision on a device without f16 too: the same roundings, kept in f32. For checks: nothing becomes faster. */
  readonly emulateHalf?: boolean;
}

const WRITE_CHUNK_BYTES = 16 * 1024 * 1024;

interface LoadedPlan {
  readonly pace: PlanPace;
  /** Its calls with pipelines and bind groups, made by the first who asks. */
  readonly calls: () => Promise<readonly PreparedCall[]>;
}

interface Loaded {
  readonly arenas: ArenaBuffers;
  readonly scalars: GPUBuffer;
  readonly plans: ReadonlyMap<Plan, LoadedPlan>;
  readonly polls: PollRings;
}

/**
 * An executor on a WebGPU device; it needs nothing but the device, so it runs in a window, a worker or Node.
 * The device belongs to whoever opened it: `destroy` frees the executor's buffers and leaves the device alone.
 */
export function createWebGpuExecutor(device: GPUDevice, facts: DeviceFacts, options: WebGpuExecutorOptions = {}): Executor {
  return new WebGpuExecutor(device, facts, options);
}

class WebGpuExecutor implements Executor {
  readonly facts: DeviceFacts;
  readonly #device: GPUDevice;
  readonly #targetMs: number;
  readonly #watch: DeviceWatch;
  readonly #inFlight: InFlight;
  readonly #order = new OrderedTasks();
  #loading = false;
  #loaded: Loaded | undefined;
  #destroyed = false;

  constructor(device: GPUDevice, facts: DeviceFacts, { targetMs = 12, maxInFlight = 2, emulateHalf = false }: WebGpuExecutorOptions) {
    this.facts = emulateHalf && facts.half === "none" ? { ...facts, half: "emulated" } : facts;
    this.#device = device;
    this.#targetMs = targetMs;
    this.#watch = new DeviceWatch(device);
    this.#inFlight = new InFlight(device.queue, this.#watch, maxInFlight, targetMs);
  }

  get lost(): Promise<string> {
    return this.#watch.lost;
  }

  async load(program: Program, onProgress: (done: number, total: number) => void = () => {}): Promise<void> {
    this.#watch.check();
    if (this.#loading) throw new ExecutorError("internal", "A program has been loaded already.");
    this.#loading = true;
    if (this.facts.half === "none" && program.arenas.some(({ type }) => type === "f16")) throw noHalf(this.facts);
    checkLimits(program, this.#device.limits, new Elements(this.#device));
    const [arenas, pipelines] = await Promise.allSettled([
      ArenaBuffers.create(this.#device, program, this.#watch),
      this.#watch.wait(this.#compileForLoad(program, onProgress)),
    ]);
    if (arenas.status === "rejected") throw arenas.reason;
    try {
      if (pipelines.status === "rejected") throw pipelines.reason;
      const loaded = await this.#prepare(program, arenas.value);
      this.#watch.assertAlive();
      this.#loaded = loaded;
    } catch (error) {
      arenas.value.destroy();
      throw error;
    }
  }

  async submit(plan: Plan, count: number, signal?: AbortSignal): Promise<void> {
    this.#watch.check();
    const loaded = this.#planOf(plan);
    if (!Number.isSafeInteger(count) || count < 0) throw new ExecutorError("internal", `A plan cannot run ${count} times.`);
    await this.#order.run(() => this.#replay(loaded, count, signal));
    if (this.#inFlight.isFull) await this.#inFlight.room();
    this.#watch.check();
  }

  write(tensor: Tensor, data: HostArray, elementOffset = 0): void {
    this.#watch.check();
    const { arenas } = this.#program();
    const buffer = arenas.of(tensor.arena);
    if (data instanceof Float32Array !== isFloat(tensor.type))
      throw new ExecutorError("internal", `${tensor.name} is ${tensor.type}; the data is not.`);
    if (!Number.isSafeInteger(elementOffset) || elementOffset < 0 || elementOffset + data.length > tensor.size) {
      const range = `${data.length} elements at ${elementOffset}`;
      throw new ExecutorError("internal", `${tensor.name} has ${tensor.size} elements; ${range} do not fit.`);
    }
    const { elements } = arenas;
    const offset = (tensor.offset + elementOffset) * elements.bytes(tensor.type);
    const encoded = elements.encode(tensor.type, data);
    // What reaches into the arena's padding is only right at the tensor's end, and words only at even places.
    if (encoded.length !== data.length && elementOffset + data.length !== tensor.size) throw halfWord(tensor);
    if (offset % 4 !== 0) throw halfWord(tensor);
    const source = this.#order.isIdle || encoded !== data ? encoded : data.slice();
    this.#enqueue(() => writeChunks(this.#device.queue, buffer, offset, source));
  }

  clear(tensor: Tensor): void {
    this.#watch.check();
    const { arenas } = this.#program();
    const buffer = arenas.of(tensor.arena);
    const bytes = arenas.elements.bytes(tensor.type);
    this.#enqueue(() => {
      const encoder = this.#device.createCommandEncoder();
      encoder.clearBuffer(buffer, tensor.offset * bytes, Math.ceil((tensor.size * bytes) / 4) * 4);
      this.#device.queue.submit([encoder.finish()]);
    });
  }

  async read(tensor: Tensor): Promise<HostArray> {
    this.#watch.check();
    const { arenas } = this.#program();
    // The copy is what has its place in the order; nothing later need wait until the data is here, hence the wrapping object.
    const { data } = await this.#order.run(async () => ({ data: readTensor(this.#device, this.#watch, arenas, tensor) }));
    const result = await data;
    this.#watch.check();
    return result;
  }

  poll(tensor: Tensor, receive: (data: HostArray) => void): boolean {
    this.#watch.check();
    const { polls } = this.#program();
    const staging = polls.reserve(tensor);
    if (staging === undefined) return false;
    this.#enqueue(() => polls.start(tensor, staging, receive));
    return true;
  }

  async drain(): Promise<void> {
    this.#watch.check();
    await this.#order.run(async () => {});
    await this.#watch.wait(this.#device.queue.onSubmittedWorkDone());
    await this.#inFlight.empty();
    await this.#loaded?.polls.settled();
    this.#watch.check();
  }

  msPerReplay(plan: Plan): number | undefined {
    this.#watch.assertAlive();
    return this.#planOf(plan).pace.msPerReplay;
  }

  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#watch.stop();
    this.#loaded?.polls.destroy();
    this.#loaded?.scalars.destroy();
    this.#loaded?.arenas.destroy();
    this.#loaded = undefined;
  }

  #program(): Loaded {
    this.#watch.assertAlive();
    if (this.#loaded === undefined) throw new ExecutorError("internal", "No program has been loaded.");
    return this.#loaded;
  }

  #planOf(plan: Plan): LoadedPlan {
    const loaded = this.#program().plans.get(plan);
    if (loaded === undefined) throw new ExecutorError("internal", `The plan ${plan.name} is not part of the loaded program.`);
    return loaded;
  }

  #enqueue(task: () => void): void {
    if (this.#order.isIdle) {
      task();
      return;
    }
    this.#order
      .run(async () => {
        this.#watch.assertAlive();
        task();
      })
      .catch((error: unknown) => this.#watch.report(error instanceof Error ? error : new Error(String(error))));
  }

  async #compileForLoad(program: Program, onProgress: (done: number, total: number) => void): Promise<void> {
    const cache = pipelinesOf(this.#device);
    const plans = [...program.plans.values()].filter(({ prepared }) => prepared === "load");
    const distinct = new Map(plans.flatMap((plan) => plan.calls.map((call) => [cache.pipeline(call), call.kernel] as const)));
    let done = 0;
    const counted = [...distinct].map(async ([pipeline, kernel]) => {
      cache.warmUp(kernel, await pipeline);
      done += 1;
      onProgress(done, distinct.size);
    });
    await Promise.all(counted);
  }

  async #prepare(program: Program, arenas: ArenaBuffers): Promise<Loaded> {
    let plans: Loaded["plans"] = new Map();
    const cache = pipelinesOf(this.#device);
    const inOrder = [...firstScalars(program)];
    // Pipelines that `load` has compiled: these promises are settled, and an error scope may stay open for as long.
    const compiled = await Promise.all(
      inOrder.map(async ([plan]) => (plan.prepared === "load" ? await Promise.all(plan.calls.map((call) => cache.pipeline(call))) : [])),
    );
    const [scalars] = await allocate(this.#device, this.#watch, "The GPU has no room for the kernels' scalars.", () => {
      const buffer = createScalarBuffer(this.#device, program);
      plans = new Map(
        inOrder.map(([plan, firstScalar], i) => {
          const pace = new PlanPace(plan.calls.length, this.#targetMs);
          const prepare = (pipelines: readonly GPUComputePipeline[]): readonly PreparedCall[] =>
            prepareCalls(this.#device, plan, pipelines, { cache, arenas, scalars: buffer, firstScalar });
          if (plan.prepared === "first use") return [plan, { pace, calls: once(async () => prepare(await this.#compile(plan))) }];
          const calls = prepare(compiled[i] ?? []);
          return [plan, { pace, calls: async () => calls }];
        }),
      );
      return [buffer];
    });
    if (scalars === undefined) throw new RangeError("no scalar buffer");
    return { arenas, scalars, plans, polls: new PollRings(this.#device, this.#watch, arenas) };
  }

  /** The pipelines of a plan's calls, for buffers that still exist. */
  async #compile(plan: Plan): Promise<GPUComputePipeline[]> {
    const cache = pipelinesOf(this.#device);
    const pipelines = await this.#watch.wait(Promise.all(plan.calls.map((call) => cache.pipeline(call))));
    this.#watch.assertAlive();
    return pipelines;
  }

  async #replay({ calls: prepared, pace }: LoadedPlan, count: number, signal: AbortSignal | undefined): Promise<void> {
    if (count === 0) return;
    const calls = await prepared();
    let left = calls.length === 0 ? 0 : count;
    let firstCall = 0;
    while (left > 0) {
      if (this.#inFlight.isFull) await this.#inFlight.room();
      signal?.throwIfAborted();
      this.#watch.check();
      const batch = pace.next(firstCall, left);
      submitCalls(this.#device, calls, batch.firstCall, batch.endCall, batch.replays);
      this.#inFlight.add(pace.expectedMs(batch), (ms) => pace.record(batch, ms));
      const endsReplay = batch.endCall === calls.length;
      firstCall = endsReplay ? 0 : batch.endCall;
      if (endsReplay) left -= batch.replays;
      if (batch.alone) await this.#inFlight.empty();
    }
  }
}

/** What `make` makes, made once; a failure stays. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

const halfWord = ({ name }: Tensor): ExecutorError =>
  new ExecutorError("internal", `${name} is f16, two to a word: a part of it can be written only in whole words.`);

function writeChunks(queue: GPUQueue, buffer: GPUBuffer, offset: number, data: HostArray | Uint16Array): void {
  const perChunk = WRITE_CHUNK_BYTES / data.BYTES_PER_ELEMENT;
  for (let start = 0; start < data.length; start += perChunk) {
    queue.writeBuffer(buffer, offset + start * data.BYTES_PER_ELEMENT, data.subarray(start, start + perChunk));
  }
}
