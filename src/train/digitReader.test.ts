import { afterEach, describe, expect, test } from "vitest";
import { cells, type RunConfig } from "../config";
import { createCpuExecutor } from "../cpu/cpuExecutor";
import { presetNamed } from "../presets";
import { agrees, defaultTolerance } from "../shaders/cases/tolerance";
import { noiseDigits, noisePicture as pixels } from "../testing/noiseDigits";
import { trainTo } from "../testing/trainTo";
import { numbersOf, twinOf } from "../testing/twinNetwork";
import { readDigit } from "./digitReader";
import { openTrainer } from "./open";
import type { Trainer } from "./trainer";

const small: RunConfig = {
  ...presetNamed("digits-small").config,
  model: { ...presetNamed("digits-small").config.model, cell: "lstm", hiddenSize: 6, numLayers: 2 },
  batchSize: 8,
  epochs: 4,
  validation: { every: 1000, batches: 1 },
};
const withCell = (cell: RunConfig["model"]["cell"]): RunConfig => ({ ...small, model: { ...small.model, cell } });

const opened: Trainer[] = [];
afterEach(() => {
  for (const trainer of opened.splice(0)) trainer.executor.destroy();
});

async function open(config: RunConfig): Promise<Trainer> {
  const trainer = await openTrainer(config, noiseDigits, await createCpuExecutor({ emulateHalf: config.precision === "f16" }));
  opened.push(trainer);
  return trainer;
}

/** Every 31st pixel: all rows and columns. */
const CHECKED = Array.from({ length: 26 }, (_, i) => i * 31);
const STEP = 1e-3;
const near = (actual: number, expected: number): boolean => agrees(actual, expected, defaultTolerance.f32);

describe("a digit read row by row", () => {
  test.each(cells)("%s: the gradient of a class's score equals central differences in f64", async (cell) => {
    const trainer = await open(withCell(cell));
    await trainTo(trainer, 5);
    const { look } = trainer.run;
    if (look === null) expect.fail("the run cannot look at digits");
    const twin = await twinOf(trainer);
    const input = twin.view(look.graph.input);
    const logitsWith = (index: number, change: number): number[] => {
      input.set(Array.from(pixels, (value) => value / 255));
      if (index >= 0) input[index] = (input[index] ?? 0) + change;
      twin.run(look.forward);
      return numbersOf(twin, look.graph.logits).slice(-10);
    };
    for (const score of ["logProbability", "logit"] as const) {
      for (const target of [null, 3]) {
        const read = await readDigit(trainer, { pixels, target, score });
        expect(read.target).toBe(target ?? read.predicted);
        const scoreOf = (logits: readonly number[]): number => {
          const chosen = logits[read.target] ?? 0;
          return score === "logit" ? chosen : chosen - Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
        };
        expect(Math.max(...read.dInput.map(Math.abs))).toBeGreaterThan(1e-3);
        for (const i of CHECKED) {
          const at = (steps: number): number => scoreOf(logitsWith(i, steps * STEP));
          const slope = (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * STEP);
          expect(near(read.dInput[i] ?? Number.NaN, slope), `pixel ${i}: ${read.dInput[i]}, by differences ${slope}`).toBe(true);
        }
      }
    }
  });

  test.each(cells)("%s: probabilities and every state and gate are those of the f64 twin", async (cell) => {
    const trainer = await open(withCell(cell));
    const { look, shape } = trainer.run;
    if (look === null) expect.fail("the run cannot look at digits");
    const read = await readDigit(trainer, { pixels, target: null, score: "logit" });
    const twin = await twinOf(trainer);
    twin.view(look.graph.input).set(Array.from(pixels, (value) => value / 255));
    twin.run(look.forward);
    const H = shape.hiddenSize;
    const Q = read.quantities.length;
    expect(read.quantities).toEqual({ rnn_tanh: ["h"], lstm: ["h", "c", "i", "f", "g", "o"] }[cell as string] ?? ["h", "r", "z", "n"]);
    for (const [index, layer] of look.graph.layers.entries()) {
      const states = [layer.tensors.hidden, ...(cell === "lstm" ? [layer.tensors.cell] : [])].map((tensor) => numbersOf(twin, tensor));
      const gates = numbersOf(twin, layer.tensors.gates);
      for (let t = 0; t < 28; t++) {
        const expected = [
          ...states.flatMap((state) => state.slice((t + 1) * H, (t + 2) * H)),
          ...gates.slice(t * (Q - states.length) * H, (t + 1) * (Q - states.length) * H),
        ];
        const got = Array.from(read.layers[index]?.subarray(t * Q * H, (t + 1) * Q * H) ?? []);
        expect(got.length).toBe(expected.length);
        for (const [i, value] of got.entries()) expect(near(value, expected[i] ?? Number.NaN)).toBe(true);
      }
    }
    const logits = numbersOf(twin, look.graph.logits).slice(-10);
    const sum = logits.reduce((total, logit) => total + Math.exp(logit), 0);
    const last = Array.from(read.probabilities.subarray(270));
    for (const [i, probability] of last.entries()) expect(near(probability, Math.exp(logits[i] ?? 0) / sum)).toBe(true);
    expect(read.predicted).toBe(last.indexOf(Math.max(...last)));
  });

  test("half precision: the gradient is that of f32, to what f16 holds, however small the score's", async () => {
    const full = await open(small);
    const trainer = await open({ ...small, precision: "f16" });
    for (const score of ["logProbability", "logit"] as const) {
      const expected = await readDigit(full, { pixels, target: 4, score });
      const read = await readDigit(trainer, { pixels, target: 4, score });
      const most = Math.max(...expected.dInput.map(Math.abs));
      const worst = Math.max(...read.dInput.map((value, i) => Math.abs(value - (expected.dInput[i] ?? Number.NaN))));
      expect(worst / most).toBeLessThan(0.01);
      expect(worst).toBeGreaterThan(0);
    }
  });

  test("training goes on as if nobody had looked, bit for bit", async () => {
    const straight = await trainTo(await open(small), 30);
    const trainer = await open(small);
    const first = await trainTo(trainer, 12);
    await readDigit(trainer, { pixels, target: null, score: "logProbability" });
    const gradients = await trainer.executor.read(trainer.run.parameters.gradients.whole);
    await readDigit(trainer, { pixels, target: 1, score: "logit" });
    expect(await trainer.executor.read(trainer.run.parameters.gradients.whole)).toEqual(gradients);
    const rest = await trainTo(trainer, 30);
    expect([...first.losses, ...rest.losses]).toEqual(straight.losses);
  });
});
