import { afterEach, describe, expect, test } from "vitest";
import type { RunConfig } from "../config";
import { createCpuExecutor } from "../cpu/cpuExecutor";
import { type Dataset, loadDataset } from "../data/dataset";
import { presetNamed } from "../presets";
import { IGNORE } from "../shaders/cross_entropy";
import { memorySource } from "../testing/dataSource";
import type { InsideAnswer, InsideAsk, SequenceRead } from "../train/insideMessages";
import { openTrainer } from "../train/open";
import { Inside } from "./inside";

const text: RunConfig = {
  ...presetNamed("copy-memory").config,
  task: { kind: "text", source: "own", sequenceLength: 8, carryState: true },
  model: { ...presetNamed("copy-memory").config.model, cell: "gru", hiddenSize: 6, numLayers: 1, embeddingSize: 4 },
  batchSize: 4,
};
const copy: RunConfig = { ...text, task: { kind: "copy", symbols: 3, length: 2, delay: 3 } };
const SENTENCE = "the quick brown fox jumps over the lazy dog. ".repeat(40);

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function open(config: RunConfig) {
  const dataset = await loadDataset(config.task, memorySource({}), SENTENCE, config.seed);
  const trainer = await openTrainer(config, dataset, await createCpuExecutor());
  const closed = new AbortController();
  closers.push(() => trainer.executor.destroy());
  const inside = new Inside(trainer, dataset, closed.signal);
  const ask = async (question: InsideAsk): Promise<InsideAnswer[]> => {
    const answers: InsideAnswer[] = [];
    await inside.handle(question, (answer) => answers.push(answer));
    return answers;
  };
  return { trainer, dataset, inside, closed, ask };
}

const readOf = (answers: readonly InsideAnswer[]): SequenceRead => {
  const last = answers.at(-1);
  if (last?.kind !== "read") throw new TypeError(`expected a reading, got ${JSON.stringify(last)}`);
  return last;
};
const shown = (dataset: Dataset, tokens: Uint32Array): string =>
  dataset.kind === "text" ? Array.from(tokens, (token) => dataset.vocabulary[token]).join("") : "";

describe("questions about the inside of a run", () => {
  test("validation text from a position, each character with the next as its target", async () => {
    const { ask, dataset } = await open(text);
    const read = readOf(await ask({ kind: "read", source: { kind: "validation", start: 9, length: 20 } }));
    if (dataset.kind !== "text") expect.fail("not a text");
    expect(Array.from(read.tokens)).toEqual(Array.from(dataset.validation.subarray(9, 29)));
    expect(Array.from(read.targets)).toEqual(Array.from(dataset.validation.subarray(10, 30)));
    expect(read.surprise.every((nats) => nats > 0)).toBe(true);
    const end = readOf(await ask({ kind: "read", source: { kind: "validation", start: 1e9, length: 20 } }));
    expect(Array.from(end.targets)).toEqual([IGNORE]);
  });

  test("a text of the person's, without what the vocabulary lacks", async () => {
    const { ask, dataset } = await open(text);
    const read = readOf(await ask({ kind: "read", source: { kind: "pasted", text: "The #dog" } }));
    expect(shown(dataset, read.tokens)).toBe("he dog");
    expect(read.notice).toContain('"T", "#"');
    expect(read.targets.at(-1)).toBe(IGNORE);
    const long = readOf(await ask({ kind: "read", source: { kind: "pasted", text: "dog ".repeat(1001) } }));
    expect(long.tokens).toHaveLength(4000);
    expect(long.notice).toContain("first 4,000 characters");
  });

  test("what cannot be read is told in a sentence", async () => {
    const { ask } = await open(text);
    for (const [pasted, sentence] of [
      ["", "There is no text to read."],
      ["###", "The training text has none of these characters."],
    ] as const) {
      const answers = await ask({ kind: "read", source: { kind: "pasted", text: pasted } });
      expect(answers).toMatchObject([{ kind: "end", of: "read", failure: { message: sentence } }]);
    }
    expect(await ask({ kind: "read", source: { kind: "sequence", index: 0 } })).toMatchObject([{ kind: "end", of: "read" }]);
    expect(await ask({ kind: "digit", pixels: new Uint8Array(784), target: null, score: "logit" })).toEqual([]);
  });

  test("one unit of what was read last, all its quantities", async () => {
    const { ask } = await open(text);
    expect(await ask({ kind: "unit", layer: 0, unit: 1 })).toEqual([]);
    const read = readOf(await ask({ kind: "read", source: { kind: "validation", start: 0, length: 10 } }));
    const [unit] = await ask({ kind: "unit", layer: 0, unit: 5 });
    if (unit?.kind !== "unit") expect.fail("no unit came");
    expect(unit.values).toHaveLength(10 * read.quantities.length);
    expect(unit.values.subarray(0, 10).every((h) => h !== 0 && Math.abs(h) < 1)).toBe(true);
    // The same numbers, all units at one character.
    const [moment] = await ask({ kind: "moment", at: 3 });
    if (moment?.kind !== "moment") expect.fail("no moment came");
    expect(moment.values).toHaveLength(read.quantities.length * 6);
    for (let q = 0; q < read.quantities.length; q++) expect(moment.values[q * 6 + 5]).toBe(unit.values[q * 10 + 3]);
    expect(await ask({ kind: "moment", at: 10 })).toEqual([]);
  });

  test("a sequence of the copy task, with the answers as targets", async () => {
    const { ask, dataset } = await open(copy);
    if (dataset.kind !== "copy") expect.fail("not the copy task");
    const read = readOf(await ask({ kind: "read", source: { kind: "sequence", index: 2 } }));
    expect(Array.from(read.tokens)).toEqual(Array.from(dataset.validation.inputs.subarray(14, 21)));
    expect(Array.from(read.targets)).toEqual(Array.from(dataset.validation.targets.subarray(14, 21)));
    expect(Array.from(read.surprise, Number.isNaN)).toEqual([true, true, true, true, true, false, false]);
  });

  test("a new reading ends the one before, a cancelled ranking says so, and a closed run says nothing", async () => {
    const { ask, inside, closed } = await open(text);
    const source = { kind: "validation", start: 0, length: 170 } as const;
    const first = ask({ kind: "read", source });
    const second = ask({ kind: "read", source });
    expect((await first).at(-1)).toEqual({ kind: "end", of: "read", failure: null });
    readOf(await second);
    // What was read before a cancelled reading can still be asked about.
    const third = ask({ kind: "read", source });
    await inside.handle({ kind: "cancel", what: "read" }, () => undefined);
    expect((await third).at(-1)).toEqual({ kind: "end", of: "read", failure: null });
    expect(await ask({ kind: "unit", layer: 0, unit: 0 })).toMatchObject([{ kind: "unit" }]);
    const ranking = ask({ kind: "rank" });
    await inside.handle({ kind: "cancel", what: "rank" }, () => undefined);
    expect((await ranking).at(-1)).toEqual({ kind: "end", of: "rank", failure: null });
    expect((await ask({ kind: "rank" })).at(-1)).toMatchObject({ kind: "rank", step: 0 });
    const last = ask({ kind: "rank" });
    closed.abort(new DOMException("closed", "AbortError"));
    expect(await last).toEqual([]);
  });
});
