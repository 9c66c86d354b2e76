import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunConfig } from "../config";
import { createCpuExecutor } from "../cpu/cpuExecutor";
import { makeCopy } from "../data/copy";
import type { RecurrentForm } from "../model/recurrentLayer";
import type { Executor } from "../plan/executor";
import { presetNamed } from "../presets";
import { type DawnDevice, openDawn } from "../testing/dawn";
import { metricsRow, rowCount } from "../train/metrics";
import { openTrainer } from "../train/open";
import { createWebGpuExecutor } from "./webgpuExecutor";

let dawn: DawnDevice;
beforeAll(async () => {
  dawn = await openDawn();
});
afterAll(() => dawn.close());

const task = { kind: "copy", symbols: 4, length: 2, delay: 3 } as const;
const base: RunConfig = {
  ...presetNamed("copy-memory").config,
  task,
  model: { cell: "lstm", hiddenSize: 13, numLayers: 2, embeddingSize: 6, forgetBias: 0 },
  batchSize: 7,
  bptt: { kind: "fixed", k: 3 },
};

/** Losses and gradient norms of some steps, then validation loss and accuracy. */
async function numbers(config: RunConfig, form: RecurrentForm, executor: Executor): Promise<number[]> {
  const trainer = await openTrainer(config, makeCopy(task, 3), executor, { form });
  for (let left = 6; left > 0; ) left -= await trainer.advance(left);
  const rows = await trainer.flush();
  const validation = await trainer.validate(false);
  executor.destroy();
  const trained = Array.from({ length: rowCount(rows) }, (_, i) => metricsRow(rows, i)).flatMap(({ loss, gradNorm }) => [loss, gradNorm]);
  return [...trained, validation?.loss ?? Number.NaN, validation?.accuracy ?? Number.NaN];
}

describe("a whole run on WebGPU", () => {
  // The f64 twins are the judge of both executors.
  test.each([
    ["sequence", base],
    ["step", { ...base, model: { ...base.model, cell: "gru" } } satisfies RunConfig],
    ["fused", base],
    ["fused", { ...base, model: { ...base.model, cell: "gru_reset_before" } } satisfies RunConfig],
  ] as const)(
    "%s form: the numbers of f64 arithmetic, step after step",
    async (form, config) => {
      const expected = await numbers(config, form, await createCpuExecutor({ precision: "f64", native: false }));
      const got = await numbers(config, form, createWebGpuExecutor(dawn.device, dawn.facts));
      const simd = await numbers(config, form, await createCpuExecutor());
      expect(got).toHaveLength(14);
      for (const [i, value] of expected.entries()) {
        expect(Math.abs((got[i] ?? Number.NaN) - value), `WebGPU, number ${i}`).toBeLessThan(1e-4 * Math.abs(value));
        expect(Math.abs((simd[i] ?? Number.NaN) - value), `WebAssembly, number ${i}`).toBeLessThan(1e-4 * Math.abs(value));
      }
    },
    180_000,
  );
});
