import { type DeviceFacts, type Executor, ExecutorError, type HostArray, noHalf } from "../plan/executor";
import type { Plan } from "../plan/plan";
import type { Program } from "../plan/program";
import { isFloat, type Tensor } from "../plan/tensor";
import { roundToHalf } from "../shaders/half";
import { type Arenas, arrayArenas, type View, wasmArenas } from "./arenas";
import { CallQueue } from "./callQueue";
import { canShare, defaultThreads } from "./helpers";
import { createMacrotasks } from "./macrotask";
import { Team, type TeamOptions } from "./team";
import { bestBuild, compile, type WasmBuild } from "./wasm/load";

export interface CpuExecutorOptions {
  /** f64 makes every kernel run as its twin in double precision: the oracle of tests. */
  readonly precision?: "f32" | "f64";
  /** Whether WebAssembly runs the kernels that it can. */
  readonly native?: boolean;
  /** Which build of the WebAssembly kernels; without it the fastest that the engine accepts. */
  readonly build?: WasmBuild;
  /** Takes programs of half precision: their f16 tensors are rounded after each kernel call. For checks: nothing becomes faster. */
  readonly emulateHalf?: boolean;
  /**
   * How many threads run the WebAssembly kernels; by default, what the machine has. One where they cannot share memory or cannot be
   * started: `facts.name` tells. The numbers are the same to the bit.
   */
  readonly threads?: number;
  /** How helpers start and how long they are waited for; for tests. */
  readonly team?: TeamOptions;
}

/** How long kernels may run before the event loop gets its turn, also within one replay. */
const SLICE_MS = 25;
/** A running mean over about this many replays. */
const MEAN_REPLAYS = 16;

interface LoadedPlan {
  readonly runs: readonly (() => void)[];
  ms: number | undefined;
  measured: number;
}

interface Loaded {
  readonly arenas: Arenas;
  readonly plans: ReadonlyMap<Plan, LoadedPlan>;
}

/** An executor on the CPU: WebAssembly SIMD on several threads where there is any, the kernels' twins for the rest. Runs in a worker or in Node. */
export async function createCpuExecutor({
  precision = "f32",
  native = true,
  build,
  emulateHalf = false,
  threads = defaultThreads(),
  team: teamOptions,
}: CpuExecutorOptions = {}): Promise<Executor> {
  const chosen = native && precision === "f32" ? (build ?? bestBuild()) : undefined;
  if (chosen === undefined) {
    const name = precision === "f64" ? "JavaScript, double precision, one thread" : "JavaScript without SIMD, one thread";
    const facts = factsOf(name, [], emulateHalf || precision === "f64");
    return new CpuExecutor(facts, (program) => arrayArenas(program, precision));
  }
  const team = await teamOf(threads, teamOptions);
  const module = await compile(chosen, team === undefined ? "own" : "shared");
  const features = chosen === "relaxed" ? ["simd", "relaxed-simd"] : ["simd"];
  const facts = factsOf(`WebAssembly SIMD, ${threadsText(team?.threads ?? 1)}`, features, emulateHalf);
  return new CpuExecutor(facts, (program) => wasmArenas(program, module, team), team);
}

/** Several threads, or undefined where there can be one only. */
async function teamOf(threads: number, options: TeamOptions | undefined): Promise<Team | undefined> {
  if (threads <= 1 || !canShare()) return undefined;
  const team = await Team.start(threads, options);
  return team.threads > 1 ? team : undefined;
}

const numerals = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight"];
const threadsText = (count: number): string => `${numerals[count] ?? count} ${count === 1 ? "thread" : "threads"}`;

const factsOf = (name: string, features: readonly string[], emulatesHalf: boolean): DeviceFacts => ({
  executor: "cpu",
  name,
  isSoftware: true,
  features,
  half: emulatesHalf ? "emulated" : "none",
});

class CpuExecutor implements Executor {
  readonly facts: DeviceFacts;
  /** The CPU is never lost. */
  readonly lost = new Promise<string>(() => {});
  readonly #allocate: (program: Program) => Arenas;
  readonly #team: Team | undefined;
  readonly #queue = new CallQueue();
  readonly #macrotasks = createMacrotasks();
  #sliceStart = 0;
  #isLoading = false;
  #loaded: Loaded | undefined;
  #isDestroyed = false;
  /** Thrown by a poll's receiver that ran later than its poll; the next call reports it. */
  #failure: unknown;

  constructor(facts: DeviceFacts, allocate: (program: Program) => Arenas, team?: Team) {
    this.facts = facts;
    this.#team = team;
    this.#allocate = allocate;
  }

  async load(program: Program, onProgress: (done: number, total: number) => void = () => {}): Promise<void> {
    this.#check();
    if (this.#isLoading) throw new ExecutorError("internal", "A program has been loaded already.");
    this.#isLoading = true;
    if (this.facts.half === "none" && program.arenas.some(({ type }) => type === "f16")) throw noHalf(this.facts);
    const arenas = this.#allocate(program);
    const plans = new Map<Plan, LoadedPlan>();
    for (const plan of program.plans.values()) {
      plans.set(plan, { runs: plan.calls.map((call) => arenas.prepare(call)), ms: undefined, measured: 0 });
      onProgress(plans.size, program.plans.size);
    }
    this.#loaded = { arenas, plans };
  }

  async submit(plan: Plan, count: number, signal?: AbortSignal): Promise<void> {
    this.#check();
    const loaded = this.#planOf(plan);
    if (!Number.isSafeInteger(count) || count < 0) throw new ExecutorError("internal", `A plan cannot run ${count} times.`);
    await this.#queue.run(() => this.#replay(loaded, count, signal));
  }

  write(tensor: Tensor, data: HostArray, elementOffset = 0): void {
    this.#check();
    const view = this.#program().arenas.view(tensor);
    if (data instanceof Float32Array !== isFloat(tensor.type))
      throw new ExecutorError("internal", `${tensor.name} is ${tensor.type}; the data is not.`);
    if (!Number.isSafeInteger(elementOffset) || elementOffset < 0 || elementOffset + data.length > tensor.size) {
      const range = `${data.length} elements at ${elementOffset}`;
      throw new ExecutorError("internal", `${tensor.name} has ${tensor.size} elements; ${range} do not fit.`);
    }
    const rounded = tensor.type === "f16" && !(view instanceof Float64Array) ? Float32Array.from(data, roundToHalf) : data;
    const source = this.#queue.isIdle ? rounded : rounded.slice();
    this.#enqueue(() => view.set(source, elementOffset));
  }

  clear(tensor: Tensor): void {
    this.#check();
    const view = this.#program().arenas.view(tensor);
    this.#enqueue(() => {
      view.fill(0);
    });
  }

  async read(tensor: Tensor): Promise<HostArray> {
    this.#check();
    const view = this.#program().arenas.view(tensor);
    let copy: HostArray | undefined;
    await this.#queue.run(async () => {
      this.#assertAlive();
      copy = copyOf(view);
    });
    if (copy === undefined) throw new ExecutorError("internal", `${tensor.name} was not read.`);
    return copy;
  }

  poll(tensor: Tensor, receive: (data: HostArray) => void): boolean {
    this.#check();
    const view = this.#program().arenas.view(tensor);
    // Shared memory must not leave: many functions of the platform refuse arrays on it.
    this.#enqueue(() => receive(view instanceof Float64Array || this.#team !== undefined ? copyOf(view) : view));
    return true;
  }

  async drain(): Promise<void> {
    this.#check();
    await this.#queue.run(async () => this.#check());
  }

  msPerReplay(plan: Plan): number | undefined {
    this.#assertAlive();
    return this.#planOf(plan).ms;
  }

  destroy(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    this.#loaded = undefined;
    this.#macrotasks.close();
    this.#team?.end();
  }

  #assertAlive(): void {
    if (this.#isDestroyed) throw new ExecutorError("internal", "The executor has been destroyed.");
  }

  #check(): void {
    this.#assertAlive();
    const failure = this.#failure;
    if (failure === undefined) return;
    this.#failure = undefined;
    throw failure;
  }

  #program(): Loaded {
    if (this.#loaded === undefined) throw new ExecutorError("internal", "No program has been loaded.");
    return this.#loaded;
  }

  #planOf(plan: Plan): LoadedPlan {
    const loaded = this.#program().plans.get(plan);
    if (loaded === undefined) throw new ExecutorError("internal", `The plan ${plan.name} is not part of the loaded program.`);
    return loaded;
  }

  /** At once while nothing is under way, else in its turn, unless the executor is destroyed before. */
  #enqueue(task: () => void): void {
    if (this.#queue.isIdle) {
      task();
      return;
    }
    this.#queue
      .run(async () => {
        if (!this.#isDestroyed) task();
      })
      .catch((error: unknown) => {
        this.#failure ??= error;
      });
  }

  async #replay(plan: LoadedPlan, count: number, signal: AbortSignal | undefined): Promise<void> {
    this.#assertAlive();
    for (let replay = 0; replay < count; replay++) {
      let started = performance.now();
      let ms = 0;
      for (const run of plan.runs) {
        signal?.throwIfAborted();
        run();
        const now = performance.now();
        // The slice goes on over submits: many short ones in a row must not starve the event loop either.
        if (now - this.#sliceStart < SLICE_MS) continue;
        ms += now - started;
        await this.#macrotasks.next();
        this.#assertAlive();
        started = performance.now();
        this.#sliceStart = started;
      }
      ms += performance.now() - started;
      plan.measured = Math.min(plan.measured + 1, MEAN_REPLAYS);
      plan.ms = plan.ms === undefined ? ms : plan.ms + (ms - plan.ms) / plan.measured;
    }
  }
}

const copyOf = (view: View): HostArray => (view instanceof Float64Array ? Float32Array.from(view) : view.slice());
