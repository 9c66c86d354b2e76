import type { RunConfig } from "../config";
import type { Dataset } from "../data/dataset";
import { facts } from "../data/dataset";
import { encode } from "../data/text";
import { classifyDrawing, classifyStrip, type StripExample, stripExamples } from "../train/classifier";
import { summarise } from "../train/compile";
import { divergedText, type FailureText, failureText } from "../train/failure";
import { runLoop } from "../train/loop";
import { rowCount } from "../train/metrics";
import { sampleText } from "../train/sampler";
import type { Trainer, ValidationResult } from "../train/trainer";
import type { Events, Requests, RunStatus, RunSummary } from "./protocol";
import { SpeedMeter } from "./speed";

export type Post = <K extends keyof Events>(kind: K, payload: Events[K], transfer?: Transferable[]) => void;

/** One open run: obeys Train, Pause, Step and Reset, and answers samples and drawings while it trains. */
export class Session {
  readonly runId: number;
  readonly #trainer: Trainer;
  readonly #dataset: Dataset;
  readonly #post: Post;
  readonly #close: () => void;
  readonly #abort = new AbortController();
  readonly #summary: RunSummary;
  readonly #strip: readonly StripExample[];
  readonly #speed = new SpeedMeter();
  #status: RunStatus = "ready";
  #pauseAsked = false;
  /** The loop that runs now, to be waited for before another begins. */
  #loop: Promise<void> = Promise.resolve();

  /** @param close frees the executor and its device. */
  constructor(runId: number, trainer: Trainer, dataset: Dataset, post: Post, close: () => void) {
    this.runId = runId;
    this.#trainer = trainer;
    this.#dataset = dataset;
    this.#post = post;
    this.#close = close;
    this.#summary = summarise(trainer.run);
    this.#strip = dataset.kind === "digits" ? stripExamples(dataset.test) : [];
    void trainer.executor.lost.then((sentence) => {
      if (!this.#abort.signal.aborted) this.#fail({ ...failureText(new Error(sentence)), code: "device-lost", message: sentence });
    });
  }

  /** Tells the page what was built. */
  async announce(): Promise<void> {
    const device = this.#trainer.executor.facts;
    this.#post("opened", { runId: this.runId, summary: this.#summary, data: facts(this.#dataset), device });
    this.#setStatus("ready");
    await this.#postStrip();
  }

  train(): void {
    this.#start(this.#trainer.totalSteps);
  }

  step(count: number): void {
    this.#start(Math.min(this.#trainer.step + count, this.#trainer.totalSteps));
  }

  pause(): void {
    this.#pauseAsked = true;
  }

  async reset(): Promise<void> {
    this.#pauseAsked = true;
    await this.#loop;
    await this.#trainer.initialise();
    this.#speed.reset();
    this.#setStatus("ready");
    await this.#postStrip();
  }

  tune(change: Pick<Requests["tune"], "lr" | "clipMax">): void {
    this.#trainer.tune(change);
  }

  get config(): RunConfig {
    return this.#trainer.config;
  }

  async sample({ requestId, prompt, length, temperature, seed }: Requests["sample"]): Promise<void> {
    if (this.#dataset.kind !== "text") return;
    const { vocabulary } = this.#dataset;
    const { tokens, dropped } = encode(vocabulary, prompt);
    const notice =
      dropped.length === 0
        ? ""
        : `The training text lacks ${dropped.map((each) => JSON.stringify(each)).join(", ")}; left out of the prompt.`;
    const answer = { runId: this.runId, requestId, notice };
    // A network needs something to read before it writes: a line end, as at the start of a text.
    const start = tokens.length > 0 ? tokens : Uint32Array.of(Math.max(0, vocabulary.indexOf("\n")));
    for await (const part of sampleText(this.#trainer, { prompt: start, length, temperature, seed }, this.#abort.signal)) {
      const text = Array.from(part, (token) => vocabulary[token] ?? "").join("");
      this.#post("sample", { ...answer, text, done: false });
    }
    this.#post("sample", { ...answer, text: "", done: true });
  }

  async classify({ requestId, pixels }: Requests["classify"]): Promise<void> {
    if (this.#dataset.kind !== "digits") return;
    const probabilities = await classifyDrawing(this.#trainer, pixels);
    this.#post("classified", { runId: this.runId, requestId, probabilities }, [probabilities.buffer]);
  }

  /** Stops at once, between two kernel calls, and frees all memory. */
  async dispose(): Promise<void> {
    this.#pauseAsked = true;
    this.#abort.abort(new DOMException("The run was closed.", "AbortError"));
    await this.#loop;
    this.#close();
  }

  #start(target: number): void {
    if (this.#status === "training" || this.#status === "failed") return;
    if (this.#trainer.step >= this.#trainer.totalSteps) {
      this.#setStatus("finished");
      return;
    }
    this.#pauseAsked = false;
    this.#speed.reset();
    this.#setStatus("training");
    this.#loop = this.#run(target).catch((error: unknown) => {
      if (!this.#abort.signal.aborted) this.#fail(failureText(error));
    });
  }

  async #run(target: number): Promise<void> {
    const trainer = this.#trainer;
    const end = await runLoop(
      trainer,
      target,
      {
        onMetrics: (rows) => this.#postMetrics(rows),
        onValidation: (result) => this.#postValidation(result),
        onProgress: (label, fraction) => this.#post("progress", { runId: this.runId, label, fraction }),
        shouldPause: () => this.#pauseAsked,
      },
      this.#abort.signal,
    );
    if (end.kind === "diverged") this.#fail(divergedText(end.step));
    else this.#setStatus(trainer.step >= trainer.totalSteps ? "finished" : "paused");
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
    this.#speed.pause();
    this.#post("validation", { runId: this.runId, result });
    void this.#postStrip().catch((error: unknown) => {
      if (!this.#abort.signal.aborted) this.#fail(failureText(error));
    });
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

  #fail(failure: FailureText): void {
    this.#setStatus("failed");
    this.#post("error", { runId: this.runId, failure });
  }
}
