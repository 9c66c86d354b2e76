import type { Executor } from "../plan/executor";
import type { Plan } from "../plan/plan";
import { nextProbe, probesAt } from "../probes";
import type { CompiledRun } from "./compile";

/** Which steps of a run are probed, and the rows that come of it. */
export class ProbeStream {
  /** Every so many steps is probed; 0: none is. */
  every = 0;
  readonly #run: Pick<CompiledRun, "train" | "probes">;
  readonly #executor: Executor;
  /** The step of the last row handed over, and the last probed step that was enqueued. */
  #taken = 0;
  #enqueued = 0;
  /** Rows that were asked for before do not belong to the run that goes on from here. */
  #begun = 0;

  constructor(run: Pick<CompiledRun, "train" | "probes">, executor: Executor) {
    this.#run = run;
    this.#executor = executor;
    const { uncut } = run.train.probing;
    executor.write(uncut, new Float32Array(uncut.size).fill(1));
  }

  /** Forgets all rows: the run goes on from `step`, and those of another run must not pass for its own. */
  begin(step: number): void {
    const { rows, count } = this.#run.train.probing;
    for (const tensor of [rows, count]) this.#executor.clear(tensor);
    this.#taken = step;
    this.#enqueued = step;
    this.#begun += 1;
  }

  /** What to replay after `step` steps, and how often, without going beyond step `end`: the next step if it is probed, else all up to it. */
  next(step: number, end: number): { readonly plan: Plan; readonly count: number } {
    const { plan, probed, traced } = this.#run.train;
    const next = nextProbe(step, this.every);
    if (next > step + 1) return { plan, count: Math.min(end, next - 1) - step };
    this.#enqueued = next;
    return { plan: probesAt(next, this.every) === "horizon" ? traced : probed, count: 1 };
  }

  /** Asks for the rows since the last time; they arrive later. False if no staging buffer is free. Receives nothing if no step was probed. */
  poll(receive: (rows: Float32Array<ArrayBuffer>) => void): boolean {
    if (this.#taken >= this.#enqueued) return true;
    const begun = this.#begun;
    return this.#executor.poll(this.#run.train.probing.rows, (ring) => {
      if (begun === this.#begun) receive(this.#take(ring));
    });
  }

  /** Waits for all steps enqueued and returns the rows that no poll has delivered. */
  async flush(): Promise<Float32Array<ArrayBuffer>> {
    if (this.#taken >= this.#enqueued) return new Float32Array();
    const begun = this.#begun;
    const ring = await this.#executor.read(this.#run.train.probing.rows);
    return begun === this.#begun ? this.#take(ring) : new Float32Array();
  }

  /** The new rows of a copy of the ring, in order of their steps, in an array of their own; what was overwritten before is lost. */
  #take(ring: ArrayLike<number>): Float32Array<ArrayBuffer> {
    const { width } = this.#run.probes;
    const fresh = Array.from({ length: ring.length / width }, (_, i) => ({ step: ring[i * width] ?? 0, start: i * width }))
      .filter(({ step }) => step > this.#taken)
      .sort((a, b) => a.step - b.step);
    const rows = new Float32Array(fresh.length * width);
    for (const [i, { start }] of fresh.entries()) {
      for (let column = 0; column < width; column++) rows[i * width + column] = ring[start + column] ?? Number.NaN;
    }
    this.#taken = fresh.at(-1)?.step ?? this.#taken;
    return rows;
  }
}
