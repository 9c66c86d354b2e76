import { DataError } from "../data/dataSource";
import type { Dataset } from "../data/dataset";
import { encode } from "../data/text";
import { IGNORE } from "../shaders/cross_entropy";
import type { Activations } from "../train/activations";
import { readDigit } from "../train/digitReader";
import { failureText } from "../train/failure";
import type { DigitAsk, InsideAnswer, InsideAsk, InsideEnd, ReadSource } from "../train/insideMessages";
import { TOP } from "../train/predictions";
import { readLimit, readSequence } from "../train/sequenceReader";
import type { Trainer } from "../train/trainer";
import { rankUnits } from "../train/unitRanking";

type Answer = (answer: InsideAnswer, transfer?: Transferable[]) => void;

/** What is read, in the network's terms. */
interface Sequence {
  readonly tokens: Uint32Array<ArrayBuffer>;
  readonly targets: Uint32Array<ArrayBuffer>;
  readonly notice: string;
}

/** Answers what is asked of the inside of one run's network, between two training steps; keeps what was read last, for its units. */
export class Inside {
  readonly #trainer: Trainer;
  readonly #dataset: Dataset;
  readonly #closed: AbortSignal;
  /** The last of either kind that was asked for; a new one takes its place. */
  readonly #jobs = { read: new AbortController(), rank: new AbortController() };
  /** Stays until the next is complete, which may be cancelled. */
  #read: Activations | null = null;

  /** @param closed aborts what is under way once the run is closed. */
  constructor(trainer: Trainer, dataset: Dataset, closed: AbortSignal) {
    this.#trainer = trainer;
    this.#dataset = dataset;
    this.#closed = closed;
  }

  /** Answers one question, by any number of answers; whatever fails is answered too. */
  async handle(ask: InsideAsk, answer: Answer): Promise<void> {
    switch (ask.kind) {
      case "digit":
        return this.#guard("digit", answer, () => this.#digit(ask, answer));
      case "read":
        return this.#guard("read", answer, () => this.#sequence(ask.source, this.#begin("read"), answer));
      case "rank":
        return this.#guard("rank", answer, () => this.#rank(this.#begin("rank"), answer));
      case "unit": {
        // A unit of a text that has gone meanwhile is asked for again with the next one.
        const values = this.#read?.unit(ask.layer, ask.unit);
        if (values !== undefined) answer({ kind: "unit", layer: ask.layer, unit: ask.unit, values }, [values.buffer]);
        return;
      }
      case "moment": {
        const read = this.#read;
        if (read === null || ask.at >= read.steps) return;
        const values = read.step(ask.at);
        answer({ kind: "moment", at: ask.at, values }, [values.buffer]);
        return;
      }
      case "cancel":
        return this.#jobs[ask.what].abort(cancelled());
      default:
        return ask satisfies never;
    }
  }

  /** Ends what is under way: its weights are about to go. */
  cancel(): void {
    for (const job of Object.values(this.#jobs)) job.abort(cancelled());
  }

  #begin(what: "read" | "rank"): AbortSignal {
    this.#jobs[what].abort(cancelled());
    this.#jobs[what] = new AbortController();
    return AbortSignal.any([this.#jobs[what].signal, this.#closed]);
  }

  async #guard(of: InsideEnd["of"], answer: Answer, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (this.#closed.aborted) return;
      const isCancelled = error instanceof DOMException && error.name === "AbortError";
      answer({ kind: "end", of, failure: isCancelled ? null : failureText(error) });
    }
  }

  async #digit(ask: DigitAsk, answer: Answer): Promise<void> {
    if (this.#trainer.run.look === null) return;
    const read = await readDigit(this.#trainer, ask);
    answer({ kind: "digit", ...read }, [...read.layers.map(({ buffer }) => buffer), read.dInput.buffer]);
  }

  async #sequence(source: ReadSource, signal: AbortSignal, answer: Answer): Promise<void> {
    const trainer = this.#trainer;
    const { read, shape } = trainer.run;
    if (read === null) return;
    const { tokens, targets, notice } = this.#find(source);
    const onProgress = (fraction: number): void => answer({ kind: "progress", of: "read", fraction });
    const { step, activations, surprise, topClasses, topProbabilities } = await readSequence(trainer, tokens, targets, {
      signal,
      onProgress,
    });
    signal.throwIfAborted();
    this.#read = activations;
    answer({
      kind: "read",
      ...{ step, source, tokens, targets, surprise, topClasses, topProbabilities, notice },
      top: TOP,
      quantities: activations.quantities,
      numLayers: shape.numLayers,
      hiddenSize: shape.hiddenSize,
      deviceBytes: read.bytes,
      hostBytes: activations.bytes,
    });
  }

  async #rank(signal: AbortSignal, answer: Answer): Promise<void> {
    if (this.#dataset.kind !== "text") return;
    const { vocabulary, validation } = this.#dataset;
    const characters = Array.from(validation, (token) => vocabulary[token] ?? "");
    const onProgress = (fraction: number): void => answer({ kind: "progress", of: "rank", fraction });
    const ranking = await rankUnits(this.#trainer, characters, { signal, onProgress });
    signal.throwIfAborted();
    answer(ranking);
  }

  /** @throws DataError if there is nothing to read. */
  #find(source: ReadSource): Sequence {
    const limit = readLimit(this.#trainer.run.shape);
    const dataset = this.#dataset;
    const isCut = (length: number): string =>
      length > limit ? `Only the first ${limit.toLocaleString("en-US")} characters were read: more states do not fit in memory.` : "";
    if (dataset.kind === "copy" && source.kind === "sequence") {
      const { steps, validation } = dataset;
      const start = (source.index % validation.count) * steps;
      const cut = (data: Uint32Array<ArrayBuffer>) => data.slice(start, start + Math.min(steps, limit));
      return { tokens: cut(validation.inputs), targets: cut(validation.targets), notice: isCut(steps) };
    }
    if (dataset.kind === "text" && source.kind === "validation") {
      const all = dataset.validation;
      const start = Math.max(0, Math.min(source.start, all.length - 1));
      const tokens = all.slice(start, start + Math.min(source.length, limit));
      const next = all.slice(start + 1, start + 1 + tokens.length);
      return { tokens, targets: withEnd(next, tokens.length), notice: isCut(source.length) };
    }
    if (dataset.kind === "text" && source.kind === "pasted") {
      const { tokens: all, dropped } = encode(dataset.vocabulary, source.text);
      if (all.length === 0) {
        throw new DataError(
          "no-data",
          source.text === "" ? "There is no text to read." : "The training text has none of these characters.",
          "Paste a text in the characters that the network was trained on.",
        );
      }
      const tokens = all.slice(0, limit);
      const left =
        dropped.length === 0 ? "" : `The training text lacks ${dropped.map((each) => JSON.stringify(each)).join(", ")}; left out.`;
      const notice = [left, isCut(all.length)].filter((each) => each !== "").join(" ");
      return { tokens, targets: withEnd(tokens.slice(1), tokens.length), notice };
    }
    throw new DataError("no-data", "This run's task has no such thing to read.", "Choose what its task has.");
  }
}

/** Targets of a whole length; those that are not known do not count. */
function withEnd(known: Uint32Array, length: number): Uint32Array<ArrayBuffer> {
  const targets = new Uint32Array(length).fill(IGNORE);
  targets.set(known);
  return targets;
}

const cancelled = (): DOMException => new DOMException("No longer wanted.", "AbortError");
