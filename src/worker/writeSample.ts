import { encode } from "../data/text";
import { sampleText } from "../train/sampler";
import type { Trainer } from "../train/trainer";
import type { Events, Requests } from "./protocol";

/** What a run writes after a prompt, part by part; the last part is empty and `done`. Rejects once the signal is aborted. */
export async function* writeSample(
  trainer: Trainer,
  vocabulary: readonly string[],
  { prompt, length, temperature, seed }: Omit<Requests["sample"], "runId" | "requestId">,
  signal: AbortSignal,
): AsyncGenerator<Omit<Events["sample"], "runId" | "requestId">> {
  const { tokens, dropped } = encode(vocabulary, prompt);
  const notice =
    dropped.length === 0
      ? ""
      : `The training text lacks ${dropped.map((each) => JSON.stringify(each)).join(", ")}; left out of the prompt.`;
  const { step } = trainer;
  // A network needs something to read before it writes: a line end, as at the start of a text.
  const start = tokens.length > 0 ? tokens : Uint32Array.of(Math.max(0, vocabulary.indexOf("\n")));
  for await (const part of sampleText(trainer, { prompt: start, length, temperature, seed }, signal)) {
    signal.throwIfAborted();
    const text = Array.from(part, (token) => vocabulary[token] ?? "").join("");
    yield { step, notice, text, done: false };
  }
  yield { step, notice, text: "", done: true };
}
