import { MAX_PROMPT } from "../config";
import { MAX_SAMPLE } from "./compile";
import type { Trainer } from "./trainer";

export interface SampleRequest {
  /** At least one token. */
  readonly prompt: Uint32Array;
  readonly length: number;
  readonly temperature: number;
  readonly seed: number;
}

/** Characters written between two read-backs: few enough to appear one after another. */
const FIRST_CHUNK = 4;
const MAX_CHUNK = 64;
const CHUNK_MS = 80;

/**
 * Writes `length` tokens after the prompt, yielded in pieces as they are drawn, with the weights as they are at that moment:
 * training may go on in between. The same request on the same weights gives the same text.
 */
export async function* sampleText(trainer: Trainer, request: SampleRequest, signal?: AbortSignal): AsyncGenerator<Uint32Array> {
  const { executor } = trainer;
  const { sample } = trainer.run;
  if (sample === null) throw new TypeError("only a text run can be sampled");
  const prompt = request.prompt.slice(-MAX_PROMPT);
  const total = Math.min(prompt.length - 1 + request.length, MAX_SAMPLE);
  await trainer.lock.run(async () => {
    for (const tensor of sample.graph.states) executor.clear(tensor);
    executor.write(sample.settings, Float32Array.of(request.temperature));
    executor.write(sample.prompt, prompt);
    executor.write(sample.state, Uint32Array.of(0, request.seed, prompt.length));
    executor.write(sample.graph.input, prompt.subarray(0, 1));
  });
  // The first prompt.length - 1 outputs are the rest of the prompt itself.
  let shown = prompt.length - 1;
  let chunk = FIRST_CHUNK;
  for (let done = 0; done < total; ) {
    const count = done < shown ? shown - done : Math.min(chunk, total - done);
    const output = await trainer.lock.run(async () => {
      await executor.submit(sample.plan, count, signal);
      return executor.read(sample.output);
    });
    done += count;
    if (done > shown) {
      yield Uint32Array.from(output.subarray(shown, done));
      shown = done;
    }
    const ms = executor.msPerReplay(sample.plan);
    if (ms !== undefined) chunk = Math.max(1, Math.min(MAX_CHUNK, Math.round(CHUNK_MS / ms)));
  }
}
