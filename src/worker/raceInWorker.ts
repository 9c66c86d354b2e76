import { parseRunConfig, type RunConfig } from "../config";
import type { Progress } from "../data/dataSource";
import { type Dataset, facts } from "../data/dataset";
import type { Executor } from "../plan/executor";
import type { CallTiming } from "../plan/forms";
import { cellNames } from "../race/record";
import { failureText } from "../train/failure";
import { formsOfRun } from "../train/formsOfRun";
import type { Mutex } from "../train/mutex";
import { checkRaceFits, raceCosts } from "../train/race/memory";
import { type RaceHooks, runRace } from "../train/race/race";
import type { ExecutorChoice, Requests } from "./protocol";
import type { ContestantState, RaceState } from "./reports";
import type { Post, Session } from "./session";

/** Resolves once the signal aborts. */
const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });

/** What a race needs of the worker. */
export interface RaceSurroundings {
  readonly post: Post;
  /** Opening and closing runs: a race takes its turns between them. */
  readonly turns: Mutex;
  readonly loadData: (config: RunConfig, ownText: string | undefined, onProgress: Progress, signal: AbortSignal) => Promise<Dataset>;
  readonly openExecutor: (request: Pick<Requests["race"], "executor" | "threads">) => Promise<Executor>;
  readonly openRun: () => Session | null;
  /** Ends a comparison of truncations and waits until its memory is free: the page starts no race beside one, but it may just have cancelled it. */
  readonly endComparison: () => Promise<void>;
  /** What a race may take on such a device; undefined where allocating has the last word. */
  readonly mostBytes: (executor: ExecutorChoice) => number | undefined;
}

/** One race: holds the open run, builds and trains the contestants, and tells the page. */
export class RaceInWorker {
  readonly request: Requests["race"];
  readonly #surroundings: RaceSurroundings;
  readonly #abort = new AbortController();
  /** Runs that wait until the race is over, and what lets them go on. */
  readonly #held = new Map<Session, () => void>();
  #state: RaceState;
  #resumed = Promise.resolve();
  #resume = (): void => {};
  /** Times of kernel calls that are known by now, those that earlier contestants measured too. */
  #timings: readonly CallTiming[];
  /** Resolves when the race is over and all is freed; never rejects. */
  readonly ended: Promise<void>;

  /** @param after the end of the race before, whose memory is to be freed first. */
  constructor(request: Requests["race"], surroundings: RaceSurroundings, after: Promise<void> = Promise.resolve()) {
    this.request = request;
    this.#surroundings = surroundings;
    this.#timings = request.timings ?? [];
    const contestants = request.cells.map((cell): ContestantState => ({ cell, status: "waiting" }));
    this.#state = { phase: "preparing", label: "Pausing the open run", contestants };
    this.ended = after.then(() => this.#run());
  }

  pause(): void {
    if (this.#state.phase !== "racing") return;
    this.#resumed = new Promise((resolve) => {
      this.#resume = resolve;
    });
    this.#tell({ phase: "pausing", label: "" });
  }

  resume(): void {
    if (this.#state.phase !== "paused" && this.#state.phase !== "pausing") return;
    this.#tell({ phase: "racing" });
    this.#resume();
  }

  cancel(): void {
    this.#abort.abort(new DOMException("The race was cancelled.", "AbortError"));
  }

  /** Makes a run wait until the race is over. */
  async hold(session: Session): Promise<void> {
    if (this.#held.has(session)) return;
    const release = await session.hold(this.#abort.signal);
    if (this.#state.end === undefined) this.#held.set(session, release);
    else release();
  }

  async #run(): Promise<void> {
    try {
      const finished = await this.#race();
      const failure = this.#state.contestants.find((each) => each.failure !== undefined)?.failure;
      this.#end(finished === 0 && failure !== undefined ? { end: "failed", failure } : { end: "done" });
    } catch (error) {
      this.#end(this.#abort.signal.aborted ? { end: "cancelled" } : { end: "failed", failure: failureText(error) });
    } finally {
      for (const release of this.#held.values()) release();
    }
  }

  async #race(): Promise<number> {
    const { signal } = this.#abort;
    const { cells, limit, ownText, executor } = this.request;
    const { loadData, mostBytes, openRun, endComparison, turns } = this.#surroundings;
    this.#tell({});
    await turns.run(async () => {
      // What a comparison does last may take seconds that nothing can cut short.
      await Promise.race([endComparison(), aborted(signal)]);
      const session = openRun();
      if (session !== null) await this.hold(session);
    });
    signal.throwIfAborted();
    const config = parseRunConfig(this.request.config);
    const dataset = await loadData(config, ownText, (fraction) => this.#tell({ label: "Loading data", fraction }), signal);
    const data = facts(dataset);
    const costs = raceCosts(config, cells, data);
    checkRaceFits(cells, costs, mostBytes(executor), openRun()?.bytes);
    this.#tell({ data });
    return runRace({ config, cells, limit }, dataset, this.#hooks(config, dataset), signal);
  }

  #hooks(config: RunConfig, dataset: Dataset): RaceHooks {
    const { signal } = this.#abort;
    const { raceId, cells } = this.request;
    const { post, turns, openExecutor } = this.#surroundings;
    const open = (): Promise<Executor> => openExecutor(this.request);
    return {
      turn: (work) => turns.run(work),
      openExecutor: open,
      chooseForms: async (executor, own, onProgress) => {
        if (this.#state.device === undefined) this.#tell({ device: executor.facts });
        const forms = await formsOfRun(executor.facts, open, own, facts(dataset), {
          choice: this.request.kernels ?? "auto",
          known: this.#timings,
          onProgress,
          signal,
        });
        this.#timings = forms.choice === "measured" ? forms.timings : this.#timings;
        if (forms.isNew) post("measured", { runId: 0, adapter: executor.facts.name, timings: forms.timings });
        return forms.chooseForm;
      },
      onProgress: (index, label, fraction) => {
        const cell = cells[index] ?? config.model.cell;
        this.#contestant(index, this.#state.phase === "preparing" ? { status: "preparing" } : {}, {
          label: `${cellNames[cell]}: ${label}`,
          ...(fraction !== undefined && { fraction }),
        });
      },
      onReady: (index, ready) => this.#contestant(index, { status: "racing", facts: ready }),
      onSlice: (contestant, rows, ms) => {
        post("raceSlice", { raceId, contestant, rows, ms }, [rows.buffer]);
        if (this.#state.label !== "" || this.#state.phase === "preparing") this.#tell({ label: "" });
      },
      onValidation: (contestant, result) => {
        post("raceValidation", { raceId, contestant, result });
        this.#tell({ label: "" });
      },
      onOut: (index, failure) => this.#contestant(index, { status: "out", failure }),
      resumed: () => {
        if (this.#state.phase === "preparing") this.#tell({ phase: "racing", label: "" });
        if (this.#state.phase === "pausing") this.#tell({ phase: "paused", label: "" });
        return this.#resumed;
      },
    };
  }

  #contestant(index: number, change: Partial<ContestantState>, also: Partial<RaceState> = {}): void {
    const contestants = this.#state.contestants.map((each, i) => (i === index ? { ...each, ...change } : each));
    this.#tell({ contestants, ...also });
  }

  #end(how: Pick<RaceState, "end" | "failure">): void {
    this.#tell({ phase: "ended", label: "", ...how });
  }

  /** A label without a fraction has none. */
  #tell(change: Partial<RaceState>): void {
    const { fraction, ...rest } = this.#state;
    this.#state = { ...rest, ...(change.label === undefined && fraction !== undefined && { fraction }), ...change };
    this.#surroundings.post("race", { raceId: this.request.raceId, state: this.#state });
  }
}
