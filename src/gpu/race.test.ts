import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Cell, RunConfig } from "../config";
import { makeCopy } from "../data/copy";
import { fixedForms } from "../plan/forms";
import { presetNamed } from "../presets";
import { type DawnDevice, openDawn } from "../testing/dawn";
import { observeDevice } from "../testing/observedDevice";
import { metricsRow, rowCount } from "../train/metrics";
import { openTrainer } from "../train/open";
import { contestantConfig } from "../train/race/contestant";
import { type RaceHooks, runRace } from "../train/race/race";
import { createWebGpuExecutor } from "./webgpuExecutor";

let dawn: DawnDevice;
beforeEach(async () => {
  dawn = await openDawn();
});
afterEach(() => dawn.close());

const task = { kind: "copy", symbols: 3, length: 2, delay: 2 } as const;
const config: RunConfig = {
  ...presetNamed("copy-memory").config,
  task,
  model: { cell: "lstm", hiddenSize: 8, numLayers: 1, embeddingSize: 4, forgetBias: 0 },
  batchSize: 4,
};
const cells: readonly Cell[] = ["lstm", "gru"];
const dataset = makeCopy(task, config.seed);
const spec = { config, cells, limit: { kind: "steps", steps: 8 }, pace: { slice: 3, every: 8, warmUpMs: 0 } } as const;

const lossesOf = (rows: Float32Array): number[] => Array.from({ length: rowCount(rows) }, (_, i) => metricsRow(rows, i).loss);

/** The device with what it creates counted: buffers that nobody has destroyed yet. */
function countBuffers(device: GPUDevice) {
  const live = new Set<GPUBuffer>();
  const createBuffer = device.createBuffer.bind(device);
  device.createBuffer = (descriptor) => {
    const buffer = createBuffer(descriptor);
    const destroy = buffer.destroy.bind(buffer);
    live.add(buffer);
    buffer.destroy = () => {
      live.delete(buffer);
      return destroy();
    };
    return buffer;
  };
  return live;
}

describe("a race on one GPU", () => {
  const hooks = (device: GPUDevice, onSlice: RaceHooks["onSlice"]): RaceHooks => ({
    openExecutor: async () => createWebGpuExecutor(device, dawn.facts),
    chooseForms: async ({ facts }) => fixedForms(facts),
    onSlice,
    onValidation: () => {},
    onOut: (_, { message }) => expect.fail(message),
  });

  test("gives each contestant the bits that it has alone, and leaves no buffer behind", async () => {
    const live = countBuffers(dawn.device);
    const losses = cells.map((): number[] => []);
    const finished = await runRace(
      spec,
      dataset,
      hooks(dawn.device, (index, rows) => losses[index]?.push(...lossesOf(rows))),
      new AbortController().signal,
    );
    expect(finished).toBe(2);
    expect(live.size).toBe(0);
    for (const [index, cell] of cells.entries()) {
      const executor = createWebGpuExecutor(dawn.device, dawn.facts);
      const trainer = await openTrainer(contestantConfig(config, cell), dataset, executor);
      for (let left = 8; left > 0; ) left -= await trainer.advance(left);
      expect(losses[index]).toEqual(lossesOf(await trainer.flush()));
      executor.destroy();
    }
  }, 180_000);

  test("ends with the device's sentence when it is lost, and leaves no buffer behind", async () => {
    const live = countBuffers(dawn.device);
    const observed = observeDevice(dawn.device);
    const lost = runRace(
      spec,
      dataset,
      hooks(observed.device, () => observed.lose("driver reset")),
      new AbortController().signal,
    );
    await expect(lost).rejects.toMatchObject({ code: "device-lost", message: expect.stringContaining("driver reset") });
    expect(live.size).toBe(0);
  }, 180_000);
});
