import type { Dataset } from "../data/dataset";
import { facts } from "../data/dataset";
import { ExecutorError } from "../plan/executor";
import { classifyDrawing, classifyStrip, type StripExample, stripExamples } from "../train/classifier";
import { summarise } from "../train/compile";
import { divergedText, type FailureText, failureText } from "../train/failure";
import type { FormsOfRun } from "../train/formsOfRun";
import { kernelUses } from "../train/kernelUse";
import { runLoop } from "../train/loop";
import { rowCount } from "../train/metrics";
import { Mutex } from "../train/mutex";
import { Recorder } from "../train/recorder";
import type { Trainer, ValidationResult } from "../train/trainer";
import { holdTurn } from "./holdTurn";
import { Inside } from "./inside";
import type { Events, Requests, RunStatus, RunSummary } from "./protocol";
import { explosionReport, searchExplosion } from "./recovery";
import { saveRun } from "./savedRun";
import { SpeedMeter } from "./speed";
import { writeSample } from "./writeSample";

export type Post = <K extends keyof Events>(kind: K, payload: Events[K], transfer?: Transferable[]) => void;

interface LoopControl {
  /** Ends the loop after the steps enqueued so far. */
  shouldPause: boolean;
  /** Ends it between two kernel calls, with tensors that only a reset makes good. */
  readonly abort: AbortController;
}

/** One open run: obeys Train, Pause, Step and Reset in the order in which they come, and answers samples and drawings while it trains. */
export class Session {
  readonly runId: number;
  readonly #trainer: Trainer;
  readonly #dataset: Dataset;
  readonly #forms: Pick<FormsOfRun, "choice" | "timings">;
  readonly #post: Post;
  readonly #close: () => void;
  readonly #abort = new AbortController();
  readonly #summary: RunSummary;
  readonly #strip: readonly StripExample[];
  readonly #inside: Inside;
  readonly #recorder: Recorder;
  #speed = new SpeedMeter(performance.now());
  #status: RunStatus = "ready";
  /** Loops and resets, one after another. */
  readonly #turns = new Mutex();
  /** The last loop asked for, until it ends. */
  #loop: LoopControl | null = null;
  /** The sample being written; a new one takes its place. */
  #sampling = new AbortController();
  /** Files being made: what would cut off the step under way waits for them. */
  #saving = 0;
  #saved: Promise<void> = Promise.resolve();
  /** The last reset asked for; never rejects. */
  #reset: Promise<void> = Promise.resolve();

  /** @param close frees the executor. */
  constructor(
    runId: number,
    trainer: Trainer,
    dataset: Dataset,
    forms: Pick<FormsOfRun, "choice" | "timings">,
    post: Post,
    close: () => void,
  ) {
    this.runId = runId;
    this.#trainer = trainer;
    this.#dataset = dataset;
    this.#forms = forms;
    this.#post = post;
    this.#close = close;
    this.#summary = summarise(trainer.run);
    this.#recorder = new Recorder(trainer);
    this.#strip = dataset.kind === "digits" ? stripExamples(dataset.test) : [];
    this.#inside = new Inside(trainer, dataset, this.#abort.signal);
    void trainer.executor.lost.then((sentence) => this.#fail(new ExecutorError("device-lost", sentence)));
  }

  /** Memory of all its arenas. */
  get bytes(): number {
    return this.#summary.bytes;
  }

  /** Tells the page what was built. */
  async announce(): Promise<void> {
    const device = this.#trainer.executor.facts;
    const kernels = { choice: this.#forms.choice, uses: kernelUses(this.#trainer.run.train.plan, this.#forms.timings) };
    this.#post("opened", {
      runId: this.runId,
      summary: this.#summary,
      data: facts(this.#dataset),
      device,
      probes: this.#trainer.run.probes,
      kernels,
    });
    const { step, totalSteps, owesValidation } = this.#trainer;
    this.#setStatus(step === 0 ? "ready" : step >= totalSteps && !owesValidation ? "finished" : "paused");
    await this.#postStrip();
  }

  train(): void {
    this.#start(() => this.#trainer.totalSteps);
  }

  step(count: number): void {
    this.#start(() => Math.min(this.#trainer.step + count, this.#trainer.totalSteps));
  }

  pause(): void {
    if (this.#loop !== null) this.#loop.shouldPause = true;
  }

  reset(): void {
    this.pause();
    // What the step in flight computes would be thrown away: it need not end, unless a file of it is wanted.
    if (this.#saving === 0) this.#loop?.abort.abort(closed());
    this.#loop = null;
    this.#sampling.abort(closed());
    this.#inside.cancel();
    this.#reset = this.#enqueue(async () => {
      await this.#trainer.initialise();
      this.#recorder.clear();
      this.#setStatus("ready");
      await this.#postStrip();
    });
  }

  /**
   * Pauses, and keeps what is asked for afterwards waiting until the function that it resolves to is called, or the run is closed.
   * Resolves when nothing trains any more; at once, and holding nothing, when it is given up or the run is closed before that.
   */
  hold(giveUp: AbortSignal): Promise<() => void> {
    this.pause();
    return holdTurn(this.#turns, giveUp, this.#abort.signal);
  }

  tune(change: Pick<Requests["tune"], "lr" | "clip">): void {
    const apply = (): void => {
      this.#trainer.tune(change);
      this.#recorder.noteTuning();
    };
    // The search for where a run went wrong trains with the settings of then: what comes meanwhile must not mix with them.
    if (this.#status === "failed") void this.#enqueue(async () => apply());
    else apply();
  }

  /** Back to a snapshot of a run that has diverged. @param onThere called once its weights are those of then; never if that fails. */
  rewind({ step, lr, clip }: Requests["rewind"], onThere: () => void = () => {}): void {
    const { runId } = this;
    this.pause();
    void this.#enqueue(async () => {
      try {
        this.#trainer.tune({ ...(lr !== undefined && { lr }), ...(clip !== undefined && { clip }) });
        await this.#recorder.rewind(step);
      } catch (error) {
        this.#post("error", { runId, failure: failureText(error) });
        return;
      }
      onThere();
      this.#post("rewound", { runId, step });
      this.#setStatus(step === 0 ? "ready" : "paused");
      await this.#postStrip();
    });
  }

  /** From the next step on, probes every so many steps; 0 for none. */
  probe(every: number): void {
    this.#trainer.probes.every = every;
  }

  async sample(request: Requests["sample"]): Promise<void> {
    if (this.#dataset.kind !== "text") return;
    this.#sampling.abort(closed());
    this.#sampling = new AbortController();
    const signal = AbortSignal.any([this.#sampling.signal, this.#abort.signal]);
    for await (const part of writeSample(this.#trainer, this.#dataset.vocabulary, request, signal)) {
      this.#post("sample", { runId: this.runId, requestId: request.requestId, ...part });
    }
  }

  async classify({ requestId, pixels }: Requests["classify"]): Promise<void> {
    if (this.#dataset.kind !== "digits") return;
    const probabilities = await classifyDrawing(this.#trainer, pixels);
    this.#post("classified", { runId: this.runId, requestId, probabilities }, [probabilities.buffer]);
  }

  inside({ requestId, ask }: Requests["inside"]): Promise<void> {
    const { runId } = this;
    return this.#inside.handle(ask, (answer, transfer) => this.#post("inside", { runId, requestId, answer }, transfer));
  }

  /** Makes a file between two steps, and posts it or why it could not be made. */
  save(): Promise<void> {
    this.#saving++;
    const work = this.#reset.then(() => this.#save()).finally(() => this.#saving--);
    this.#saved = Promise.all([this.#saved, work]).then(() => undefined);
    return work;
  }

  async #save(): Promise<void> {
    const { runId } = this;
    try {
      const file = await saveRun(this.#trainer);
      this.#post("saved", { runId, ...file }, [file.bytes.buffer]);
    } catch (error) {
      this.#post("saved", { runId, failure: failureText(error) });
    }
  }

  /** Stops at once, between two kernel calls, and frees all memory; files that were asked for are made first. */
  async dispose(): Promise<void> {
    this.pause();
    await this.#saved;
    this.#abort.abort(closed());
    await this.#turns.run(async () => this.#close());
  }

  /** @param target asked for when the loop begins: a reset may come before. */
  #start(target: () => number): void {
    if (this.#loop?.shouldPause === false) return;
    const loop: LoopControl = { shouldPause: false, abort: new AbortController() };
    this.#loop = loop;
    void this.#enqueue(async () => {
      if (loop.abort.signal.aborted) return;
      try {
        this.#speed = new SpeedMeter(performance.now());
        this.#setStatus("training");
        await this.#run(target(), loop);
      } catch (error) {
        if (!loop.abort.signal.aborted) throw error;
      } finally {
        if (this.#loop === loop) this.#loop = null;
      }
    });
  }

  #enqueue(work: () => Promise<void>): Promise<void> {
    return this.#turns.run(work).catch((error: unknown) => this.#fail(error));
  }

  async #run(target: number, loop: LoopControl): Promise<void> {
    const trainer = this.#trainer;
    const signal = AbortSignal.any([this.#abort.signal, loop.abort.signal]);
    const end = await runLoop(
      trainer,
      target,
      {
        onMetrics: (rows) => this.#postMetrics(rows),
        onProbes: (rows) => this.#post("probes", { runId: this.runId, rows }, [rows.buffer]),
        onValidation: (result) => this.#postValidation(result),
        onProgress: (label, fraction) => this.#post("progress", { runId: this.runId, label, fraction }),
        shouldPause: () => loop.shouldPause,
        recorder: this.#recorder,
      },
      signal,
    );
    if (end.kind === "diverged") await this.#explain(end.step, () => loop.shouldPause, signal);
    else this.#setStatus(end.kind === "reached" && trainer.step >= trainer.totalSteps ? "finished" : "paused");
  }

  /** Tells that the run has diverged, and then looks for where it first went wrong until it is told to pause. */
  async #explain(step: number, shouldStop: () => boolean, signal: AbortSignal): Promise<void> {
    const { runId } = this;
    const report = explosionReport(this.#recorder, step);
    this.#post("explosion", { runId, report });
    this.#tell(divergedText(step, this.#trainer.config.precision));
    await searchExplosion(this.#trainer, this.#recorder, report, {
      onReport: (each) => this.#post("explosion", { runId, report: each }),
      shouldStop,
      signal,
    });
    // Where the weights stand now: at the step that diverged, or wherever the search was stopped.
    if (this.#status === "failed") this.#setStatus("failed");
  }

  #postMetrics(rows: Float32Array<ArrayBuffer>): void {
    const stepsPerSecond = this.#speed.add(rowCount(rows), performance.now());
    this.#post(
      "metrics",
      {
        runId: this.runId,
        rows,
        stepsPerSecond,
        tokensPerSecond: stepsPerSecond * this.#summary.tokensPerStep,
        msPerStep: stepsPerSecond > 0 ? 1000 / stepsPerSecond : 0,
      },
      [rows.buffer],
    );
    this.#setStatus("training");
  }

  #postValidation(result: ValidationResult): void {
    this.#speed.leaveOut(performance.now());
    this.#post("validation", { runId: this.runId, result });
    this.#postStrip().catch((error: unknown) => this.#fail(error));
  }

  async #postStrip(): Promise<void> {
    if (this.#strip.length === 0) return;
    const { step } = this.#trainer;
    const probabilities = await classifyStrip(this.#trainer, this.#strip);
    const digits = this.#strip.map((example, i) => ({ ...example, probabilities: probabilities[i] ?? new Float32Array(10) }));
    this.#post("strip", { runId: this.runId, step, digits });
  }

  #setStatus(status: RunStatus): void {
    this.#status = status;
    this.#post("status", { runId: this.runId, status, step: this.#trainer.step, epoch: this.#trainer.epoch });
  }

  /** Once a run has failed or was closed, what fails in its wake is no news. */
  #fail(error: unknown): void {
    if (!this.#abort.signal.aborted && this.#status !== "failed") this.#tell(failureText(error));
  }

  #tell(failure: FailureText): void {
    this.#setStatus("failed");
    this.#post("error", { runId: this.runId, failure });
  }
}

const closed = (): DOMException => new DOMException("No longer wanted.", "AbortError");
