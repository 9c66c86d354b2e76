import { afterEach, describe, expect, test } from "vitest";
import { cells, type RunConfig } from "../config";
import { createCpuExecutor } from "../cpu/cpuExecutor";
import { loadDataset } from "../data/dataset";
import { presetNamed } from "../presets";
import { agrees, defaultTolerance } from "../shaders/cases/tolerance";
import { IGNORE } from "../shaders/cross_entropy";
import { memorySource } from "../testing/dataSource";
import { trainTo } from "../testing/trainTo";
import { numbersOf, twinOf } from "../testing/twinNetwork";
import { openTrainer } from "./open";
import { TOP } from "./predictions";
import { readLimit, readSequence } from "./sequenceReader";
import type { Trainer } from "./trainer";

const text: RunConfig = {
  ...presetNamed("copy-memory").config,
  task: { kind: "text", source: "own", sequenceLength: 8, carryState: true },
  model: { ...presetNamed("copy-memory").config.model, cell: "gru", hiddenSize: 7, numLayers: 2, embeddingSize: 5 },
  batchSize: 4,
  validation: { every: 1000, batches: 2 },
};
const copy: RunConfig = { ...text, task: { kind: "copy", symbols: 3, length: 40, delay: 3 } };

const opened: Trainer[] = [];
afterEach(() => {
  for (const trainer of opened.splice(0)) trainer.executor.destroy();
});

async function open(config: RunConfig): Promise<Trainer> {
  const dataset = await loadDataset(config.task, memorySource({}), "the quick brown fox jumps over the lazy dog. ".repeat(40), config.seed);
  const trainer = await openTrainer(config, dataset, await createCpuExecutor());
  opened.push(trainer);
  return trainer;
}

/** More than one piece, and not a whole number of them. */
const COUNT = 150;
const near = (actual: number, expected: number): boolean => agrees(actual, expected, defaultTolerance.f32);

describe("a sequence read piece by piece", () => {
  test.each(cells.flatMap((cell) => [text, copy].map((config) => [cell, config.task.kind, config] as const)))(
    "%s, %s: states, gates, predictions and surprise are those of the f64 twin",
    async (cell, kind, config) => {
      const trainer = await open({ ...config, model: { ...config.model, cell } });
      await trainTo(trainer, 5);
      const { read, shape } = trainer.run;
      if (read === null) expect.fail("the run cannot read a sequence");
      expect(read.steps).toBe(64);
      const V = shape.outputs;
      const tokens = Uint32Array.from({ length: COUNT }, (_, i) => (i * i + 3) % V);
      const targets = Uint32Array.from({ length: COUNT }, (_, i) => (i % 5 === 0 ? IGNORE : (i * 3 + 1) % V));
      const reading = await readSequence(trainer, tokens, targets);
      const twin = await twinOf(trainer);
      for (const state of read.graph.states) twin.view(state).fill(0);
      const H = shape.hiddenSize;
      const { quantities } = reading.activations;
      expect(quantities.includes("c")).toBe(cell === "lstm");
      for (let start = 0; start < COUNT; start += 64) {
        const input = twin.view(read.graph.input);
        input.fill(0);
        input.set(tokens.subarray(start, start + 64));
        twin.run(read.plan);
        const logits = numbersOf(twin, read.graph.logits);
        for (let t = start; t < Math.min(COUNT, start + 64); t++) {
          const row = logits.slice((t - start) * V, (t - start + 1) * V);
          const sum = row.reduce((total, logit) => total + Math.exp(logit), 0);
          const target = targets[t] ?? 0;
          if (target === IGNORE) expect(reading.surprise[t]).toBeNaN();
          else
            expect(near(reading.surprise[t] ?? Number.NaN, Math.log(sum) - (row[target] ?? 0)), `surprise of ${t} in ${kind}`).toBe(true);
          const best = row.map((logit) => Math.exp(logit) / sum).sort((a, b) => b - a);
          for (let i = 0; i < Math.min(TOP, V); i++) {
            const place = t * TOP + i;
            expect(near(reading.topProbabilities[place] ?? Number.NaN, best[i] ?? Number.NaN)).toBe(true);
            const byClass = Math.exp(row[reading.topClasses[place] ?? V] ?? Number.NaN) / sum;
            expect(near(reading.topProbabilities[place] ?? Number.NaN, byClass)).toBe(true);
          }
        }
        for (const [index, { tensors }] of read.graph.layers.entries()) {
          // The carried state has taken slot 0, so only the others are the steps'.
          const unit = reading.activations.unit(index, H - 1);
          const hidden = numbersOf(twin, tensors.hidden);
          const cellState = numbersOf(twin, tensors.cell);
          const gates = numbersOf(twin, tensors.gates);
          const G = (tensors.gates.shape[2] ?? 0) / H;
          for (let t = start; t < Math.min(COUNT, start + 64); t++) {
            const at = (t - start + 1) * H + H - 1;
            const own = Array.from({ length: G }, (_, g) => gates[((t - start) * G + g) * H + H - 1]);
            const expected = [hidden[at], ...(cell === "lstm" ? [cellState[at]] : []), ...(cell === "rnn_tanh" ? [] : own)];
            expect(expected.length).toBe(quantities.length);
            for (const [q, value] of expected.entries()) expect(near(unit[q * COUNT + t] ?? Number.NaN, value ?? Number.NaN)).toBe(true);
          }
        }
      }
    },
  );

  test("the same text read in one piece or several has the same states", async () => {
    const trainer = await open(text);
    const tokens = Uint32Array.from({ length: 100 }, (_, i) => i % 9);
    const targets = new Uint32Array(100).fill(IGNORE);
    const whole = await readSequence(trainer, tokens, targets);
    const start = await readSequence(trainer, tokens.subarray(0, 30), targets.subarray(0, 30));
    const end = whole.activations.unit(1, 2).subarray(0, 30);
    expect(start.activations.unit(1, 2).subarray(0, 30)).toEqual(end);
    expect(start.activations.bytes).toBe(2 * 4 * 7 * 30 * 4);
    expect(() => start.activations.unit(1, 7)).toThrow(RangeError);
    expect(() => start.activations.unit(2, 0)).toThrow(RangeError);
  });

  test("training goes on as if nothing had been read, bit for bit, and a cancelled reading ends", async () => {
    const straight = await trainTo(await open(text), 30);
    const trainer = await open(text);
    const first = await trainTo(trainer, 12);
    const tokens = new Uint32Array(200);
    const abort = new AbortController();
    const cancelled = readSequence(trainer, tokens, tokens, { signal: abort.signal, onProgress: () => abort.abort(new Error("enough")) });
    await expect(cancelled).rejects.toThrow("enough");
    await readSequence(trainer, tokens, tokens);
    const rest = await trainTo(trainer, 30);
    expect([...first.losses, ...rest.losses]).toEqual(straight.losses);
  });

  test("how much can be read follows from what the states take", () => {
    const shape = { cell: "gru", inputSize: 5, hiddenSize: 7, numLayers: 2, vocabulary: 9, outputs: 9 } as const;
    expect(readLimit(shape)).toBe(4000);
    expect(readLimit({ ...shape, hiddenSize: 1024 })).toBe(Math.floor((96 * 2 ** 20) / (2 * 4 * 1024 * 4)));
    expect(readLimit({ ...shape, cell: "lstm", hiddenSize: 4096, numLayers: 8 })).toBe(128);
  });
});
