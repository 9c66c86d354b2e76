import { afterEach, describe, expect, test } from "vitest";
import type { RunConfig } from "../config";
import { createCpuExecutor } from "../cpu/cpuExecutor";
import { type BinaryConceptId, binaryConcepts, labelConcepts } from "../data/concepts";
import { loadDataset } from "../data/dataset";
import { RandomStream } from "../data/random";
import type { TextData } from "../data/text";
import { presetNamed } from "../presets";
import { memorySource } from "../testing/dataSource";
import { trainTo } from "../testing/trainTo";
import { openTrainer } from "./open";
import { readSequence } from "./sequenceReader";
import type { Trainer } from "./trainer";
import { rankUnits } from "./unitRanking";

const config: RunConfig = {
  ...presetNamed("chars-small").config,
  task: { kind: "text", source: "own", sequenceLength: 32, carryState: true },
  model: { ...presetNamed("chars-small").config.model, cell: "lstm", hiddenSize: 12, numLayers: 1, embeddingSize: 8 },
  batchSize: 8,
  optimizer: { ...presetNamed("chars-small").config.optimizer, lr: 0.02 },
  validation: { every: 10_000, batches: 2 },
};

/** Lines of words, some in brackets, in which other letters are used: so the network has a reason to know where it is. */
function bracketText(): string {
  const random = new RandomStream(7, 0, 0);
  const word = (letters: string): string =>
    Array.from({ length: 1 + random.below(4) }, () => letters[random.below(letters.length)]).join("");
  return Array.from({ length: 6000 }, () => {
    const kind = random.below(8);
    return kind === 0 ? `\n` : kind === 1 ? `(${word("xyz")}${word("xyz")}) ` : `${word("abc")} `;
  }).join("");
}

const opened: Trainer[] = [];
afterEach(() => {
  for (const trainer of opened.splice(0)) trainer.executor.destroy();
});

async function open(text: string): Promise<{ readonly trainer: Trainer; readonly data: TextData; readonly validation: readonly string[] }> {
  const data = await loadDataset(config.task, memorySource({}), text, config.seed);
  if (data.kind !== "text") throw new TypeError("not a text");
  const trainer = await openTrainer(config, data, await createCpuExecutor());
  opened.push(trainer);
  return { trainer, data, validation: Array.from(data.validation, (token) => data.vocabulary[token] ?? "") };
}

describe("units ranked by what they stand for", () => {
  test("a small trained network has a unit for brackets, which holds on other text; the ranking is the same each time", async () => {
    const { trainer, data, validation } = await open(bracketText());
    const untrained = await rankUnits(trainer, validation);
    await trainTo(trainer, 150);
    const ranking = await rankUnits(trainer, validation);
    expect(await rankUnits(trainer, validation)).toEqual(ranking);
    expect(ranking.step).toBe(150);
    expect(Math.abs(ranking.chosenOn - ranking.measuredOn)).toBeLessThanOrEqual(16);

    const brackets = ranking.concepts.find(({ concept }) => concept === "brackets");
    const best = brackets?.units[0];
    if (brackets === undefined || best?.auc === undefined) expect.fail("brackets were not ranked");
    const before = untrained.concepts.find(({ concept }) => concept === "brackets")?.units[0]?.auc ?? Number.NaN;
    const strength = Math.abs(best.auc - 0.5);
    expect(strength).toBeGreaterThan(0.45);
    expect(best.balancedAccuracy).toBeGreaterThan(0.9);
    expect(strength).toBeGreaterThan(Math.abs(before - 0.5));
    // Labels in the wrong place are told hardly better than by chance.
    expect(Math.abs((brackets.chance?.auc ?? 0) - 0.5)).toBeLessThan(0.1);

    // The same claim, by its definition, on text that had no part in the ranking.
    const tokens = data.train.slice(5000, 7000);
    const reading = await readSequence(trainer, tokens, tokens);
    const q = reading.activations.quantities.indexOf(best.quantity);
    const values = reading.activations.unit(best.layer, best.unit).subarray(q * tokens.length, (q + 1) * tokens.length);
    const { bits } = labelConcepts(Array.from(tokens, (token) => data.vocabulary[token] ?? ""));
    const isThere = (i: number): boolean => (((bits[i] ?? 0) >> binaryConcepts.indexOf("brackets")) & 1) === 1;
    const [inside, outside] = [true, false].map((is) => Array.from(values).filter((_, i) => isThere(i) === is));
    let [wins, right] = [0, [0, 0]];
    for (const a of inside ?? []) for (const b of outside ?? []) wins += a > b ? 1 : a === b ? 0.5 : 0;
    expect(Math.abs(wins / ((inside?.length ?? 0) * (outside?.length ?? 0)) - best.auc)).toBeLessThan(0.02);
    const says = (value: number): boolean =>
      best.auc !== undefined && best.auc < 0.5 ? value < (best.threshold ?? 0) : value >= (best.threshold ?? 0);
    right = [inside, outside].map((group, i) => (group ?? []).filter((value) => says(value) === (i === 0)).length / (group?.length ?? 1));
    expect(Math.abs(((right[0] ?? 0) + (right[1] ?? 0)) / 2 - (best.balancedAccuracy ?? 0))).toBeLessThan(0.03);
  });

  test("concepts that the text hardly has are not ranked, and their counts are told", async () => {
    const { trainer, validation } = await open(bracketText());
    const { concepts, minPositives } = await rankUnits(trainer, validation);
    const find = (id: BinaryConceptId) => concepts.find(({ concept }) => concept === id);
    for (const id of ["quotes", "speaker", "capital"] as const)
      expect(find(id)).toMatchObject({ positives: 0, spans: 0, units: [], chance: null });
    expect(find("word")?.units).toHaveLength(8);
    expect(find("word")?.positives).toBeGreaterThan(minPositives);
    expect(concepts.map(({ concept }) => concept)).toEqual(["linePosition", ...binaryConcepts]);
  });

  test("it can be cancelled, tells how far it is, and leaves training as it was, bit for bit", async () => {
    const text = bracketText();
    const straight = await trainTo((await open(text)).trainer, 20);
    const { trainer, validation } = await open(text);
    const first = await trainTo(trainer, 10);
    const abort = new AbortController();
    const fractions: number[] = [];
    await expect(
      rankUnits(trainer, validation, { signal: abort.signal, onProgress: () => abort.abort(new Error("enough")), characters: 2000 }),
    ).rejects.toThrow("enough");
    await rankUnits(trainer, validation, { onProgress: (fraction) => fractions.push(fraction), characters: 1000 });
    expect(fractions).toEqual([0.25, 0.5, 0.75, 1]);
    const rest = await trainTo(trainer, 20);
    expect([...first.losses, ...rest.losses]).toEqual(straight.losses);
    const validated = await trainer.validate(true);
    await rankUnits(trainer, validation);
    expect(await trainer.validate(true)).toEqual(validated);
  });
});
