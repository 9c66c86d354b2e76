import type { Dataset } from "../data/dataset";
import type { Executor } from "../plan/executor";
import type { ChooseForm } from "../plan/forms";
import { compareTruncation } from "../train/compareTruncation";
import { failureText } from "../train/failure";
import type { Trainer } from "../train/trainer";
import type { Requests } from "./protocol";
import type { Post } from "./session";

interface ComparedRun {
  readonly runId: number;
  readonly trainer: Pick<Trainer, "save">;
  readonly dataset: Dataset;
  readonly chooseForm: ChooseForm;
}

/**
 * Comparisons of truncated gradients for the open run, one at a time: a new one takes the place of the one before. Each has an executor
 * of its own for as long as it goes on, so that the run trains on and is not touched.
 */
export class TruncationComparisons {
  readonly #run: ComparedRun;
  readonly #open: () => Promise<Executor>;
  readonly #post: Post;
  #current: { readonly requestId: number; readonly controller: AbortController } | undefined;
  #ended: Promise<void> = Promise.resolve();

  /** @param open gives an executor on the run's device. */
  constructor(run: ComparedRun, open: () => Promise<Executor>, post: Post) {
    this.#run = run;
    this.#open = open;
    this.#post = post;
  }

  /** Answered by `truncation` events; resolves when it is over, and never rejects. */
  compare(asked: Requests["compareTruncation"]): Promise<void> {
    this.#abort();
    const controller = new AbortController();
    this.#current = { requestId: asked.requestId, controller };
    this.#ended = this.#ended.then(() => this.#compare(asked, controller.signal));
    return this.#ended;
  }

  cancel(requestId: number): void {
    if (requestId === this.#current?.requestId) this.#abort();
  }

  /** Ends the comparison under way and waits until its memory is free. */
  end(): Promise<void> {
    this.#abort();
    return this.#ended;
  }

  #abort(): void {
    this.#current?.controller.abort(new DOMException("No longer wanted.", "AbortError"));
  }

  async #compare({ runId, requestId, request }: Requests["compareTruncation"], signal: AbortSignal): Promise<void> {
    const { trainer, dataset, chooseForm } = this.#run;
    const tell = (label: string, fraction?: number): void =>
      this.#post("truncation", { runId, requestId, label, ...(fraction !== undefined && { fraction }) });
    let executor: Executor | undefined;
    try {
      signal.throwIfAborted();
      tell("Copying the weights");
      const state = await trainer.save();
      signal.throwIfAborted();
      executor = await this.#open();
      const comparison = await compareTruncation(state, dataset, executor, request, {
        chooseForm,
        signal,
        onPrepare: (fraction) => tell("Compiling kernels", fraction),
        onBatch: (comparison) => this.#post("truncation", { runId, requestId, comparison, done: false }),
      });
      this.#post("truncation", { runId, requestId, comparison, done: true });
    } catch (error) {
      if (!signal.aborted) this.#post("truncation", { runId, requestId, failure: failureText(error) });
    } finally {
      executor?.destroy();
    }
  }
}
