import { describe, expect, test } from "vitest";
import { type Cell, cells, type RunConfig } from "../config";
import { presetNamed } from "../presets";
import { compileRun, summarise } from "../train/compile";
import type { RecurrentForm } from "./recurrentLayer";
import { gateCount } from "./shape";

const digits = { trainItems: 60_000, validationItems: 10_000, classes: 10 };
const text = { trainItems: 1_003_854, validationItems: 111_540, classes: 65 };

function compiled(preset: string, change: Partial<RunConfig> = {}, form?: RecurrentForm) {
  const config = { ...presetNamed(preset).config, ...change };
  return compileRun(config, config.task.kind === "text" ? text : digits, form);
}

describe("dispatches of a training step", () => {
  test.each([
    ["digits-rnn", 19],
    ["digits-lstm", 19],
    ["digits-gru", 21],
    ["digits-small", 14],
    ["chars-small", 25],
    ["copy-memory", 18],
    // Two layers: each of 100 steps forward, and 101 states back.
    ["chars-lstm", 21 + 2 * (100 + 101)],
  ])("%s: %d", (preset, count) => {
    expect(summarise(compiled(preset)).dispatchesPerStep).toBe(count);
  });

  test("half precision adds those of its scaling", () => {
    expect(summarise(compiled("digits-rnn", { precision: "f16" })).dispatchesPerStep).toBe(25);
  });
});

/** Products of one training step of two layers on numbers: forward, and twice as much backward less what nobody asks for. */
function expectedFlops(cell: Cell, steps: number, batch: number, input: number, hidden: number, classes: number): number {
  const rows = steps * batch;
  const gates = gateCount[cell] * hidden;
  const forward = rows * gates * (input + hidden + 2 * hidden) + batch * hidden * classes;
  const dInput = rows * gates * input;
  return 2 * (3 * forward - dInput);
}

describe("flops of a training step", () => {
  test.each(cells)("%s: the products of the mathematics, the same in each form", (cell) => {
    const { model } = presetNamed("digits-rnn").config;
    const flops = (form: RecurrentForm) => summarise(compiled("digits-rnn", { model: { ...model, cell } }, form)).flopsPerStep;
    const expected = expectedFlops(cell, 28, 64, 28, 128, 10);
    expect(flops("sequence")).toBe(expected);
    expect(flops("fused")).toBe(expected);
    expect(flops("step")).toBe(expected);
  });

  test("a table of tokens replaces the first layer's products over all rows", () => {
    const [rows, width, hidden, embedding] = [64 * 32, 4 * 256, 256, 128];
    const recurrent = 3 * rows * width * hidden;
    const upperInput = 3 * rows * width * hidden;
    const head = 3 * rows * hidden * 65;
    const table = 3 * 65 * width * embedding;
    expect(summarise(compiled("chars-small")).flopsPerStep).toBe(2 * (2 * recurrent + upperInput + head + table));
  });
});
