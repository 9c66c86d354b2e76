import { afterEach, describe, expect, test, vi } from "vitest";
import { cells, type RunConfig } from "../config";
import { createCpuExecutor } from "../cpu/cpuExecutor";
import { loadDataset } from "../data/dataset";
import {
  HORIZON_EVERY,
  horizonColumns,
  nextProbe,
  type ProbeFrame,
  parameterColumns,
  probeFrames,
  probesAt,
  stateColumns,
} from "../probes";
import { PARAMETER_COLUMNS } from "../shaders/parameter_probe";
import { HORIZON_COLUMNS, STATE_COLUMNS } from "../shaders/state_probe";
import { memorySource } from "../testing/dataSource";
import { copyRun as copy, probed, probedConfig, sentence, stepsOf, textRun as text } from "../testing/probedRun";
import { trainTo } from "../testing/trainTo";
import { openTrainer } from "./open";
import type { Trainer } from "./trainer";

const opened: Trainer[] = [];
afterEach(() => {
  for (const trainer of opened.splice(0)) trainer.executor.destroy();
});

async function open(config: RunConfig, every: number): Promise<Trainer> {
  const dataset = await loadDataset(config.task, memorySource({}), sentence, config.seed);
  const trainer = await openTrainer(config, dataset, await createCpuExecutor());
  trainer.probes.every = every;
  opened.push(trainer);
  return trainer;
}

describe("which steps are probed", () => {
  test("the first and every n-th; the first and every fifth of these have a horizon", () => {
    const steps = Array.from({ length: 100 }, (_, i) => i + 1);
    const of = (every: number) => steps.filter((step) => probesAt(step, every) !== "nothing");
    expect(of(10)).toEqual([1, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
    expect(of(1)).toEqual(steps);
    expect(of(0)).toEqual([]);
    expect(steps.filter((step) => probesAt(step, 10) === "horizon")).toEqual([1, 10 * HORIZON_EVERY, 20 * HORIZON_EVERY]);
  });

  test("the next one is the first after a step that is probed", () => {
    for (const every of [1, 3, 10]) {
      for (let step = 0; step < 50; step++) {
        let next = step + 1;
        while (probesAt(next, every) === "nothing") next++;
        expect(nextProbe(step, every)).toBe(next);
      }
    }
    expect(nextProbe(5, 0)).toBe(Number.POSITIVE_INFINITY);
  });

  test("a run delivers their rows in order, and none if it is not asked to", async () => {
    const { frames } = await probed(await open(copy, 4), 43);
    expect(stepsOf(frames)).toEqual([1, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40]);
    expect(stepsOf(frames.filter(({ hasHorizon }) => hasHorizon))).toEqual([1, 20, 40]);
    expect((await probed(await open(copy, 0), 20)).frames).toEqual([]);
  });

  test("their rows come while the run trains, also where validations are more frequent than polls", async () => {
    const trainer = await open({ ...copy, validation: { every: 2, batches: 1 } }, 1);
    let now = 0;
    const clock = vi.spyOn(performance, "now").mockImplementation(() => now);
    const seenAt: number[] = [];
    const onValidation = (): void => {
      now += 30;
    };
    await trainTo(trainer, 40, { onValidation, onProbes: () => void seenAt.push(trainer.step) });
    clock.mockRestore();
    // Every four validations, and what is left at the end.
    expect(seenAt.slice(0, -1)).toEqual([9, 17, 25, 33]);
  });

  test("what the ring cannot hold is lost, the newest rows stay", async () => {
    const trainer = await open(copy, 1);
    while (trainer.step < 200) await trainer.advance(200 - trainer.step);
    const [capacity = 0] = trainer.run.train.probing.rows.shape;
    const frames = probeFrames(trainer.run.probes, await trainer.probes.flush());
    expect(stepsOf(frames)).toEqual(Array.from({ length: capacity }, (_, i) => 200 - capacity + 1 + i));
    expect(await trainer.probes.flush()).toHaveLength(0);
  });

  test("the number may change on the way", async () => {
    const trainer = await open(copy, 0);
    await probed(trainer, 13);
    trainer.probes.every = 5;
    expect(stepsOf((await probed(trainer, 31)).frames)).toEqual([15, 20, 25, 30]);
    trainer.probes.every = 0;
    expect(stepsOf((await probed(trainer, 41)).frames)).toEqual([]);
  });
});

const numbers = (frames: readonly ProbeFrame[]): number[][] => frames.map(({ row }) => [...row]);

describe("a run that goes on", () => {
  test("after a reset probes the same numbers", async () => {
    const trainer = await open(text, 3);
    const first = await probed(trainer, 20);
    await trainer.initialise();
    expect(numbers((await probed(trainer, 20)).frames)).toEqual(numbers(first.frames));
  });

  test("from a saved state probes the same steps, and the same numbers but for the spectral radius, which is found anew", async () => {
    const whole = await open(text, 3);
    const { frames } = await probed(whole, 30);
    const before = await open(text, 3);
    await probed(before, 14);
    const after = await open(text, 3);
    await after.restore(await before.save());
    const rest = (await probed(after, 30)).frames;
    expect(stepsOf(rest)).toEqual([15, 18, 21, 24, 27, 30]);
    const { horizon, perParameter, spectral } = whole.run.probes;
    const same = ({ row, hasHorizon }: ProbeFrame): number[] => [
      ...row.subarray(0, horizon),
      ...(hasHorizon ? row.subarray(horizon, perParameter) : []),
      ...row.subarray(perParameter, spectral),
    ];
    expect(rest.map(same)).toEqual(frames.slice(-rest.length).map(same));
  });
});

describe("probes change nothing of the training", () => {
  test.each(cells.flatMap((cell) => [copy, text].map((base) => [cell, base.task.kind, base] as const)))("%s, %s", async (cell, _, base) => {
    const config = probedConfig(base, cell);
    const [plain, looking] = [await open(config, 0), await open(config, 2)];
    const without = await trainTo(plain, 12);
    const { losses, frames } = await probed(looking, 12);
    expect(losses).toEqual(without.losses);
    expect(stepsOf(frames)).toEqual([1, 2, 4, 6, 8, 10, 12]);
    expect((await looking.save()).arrays).toEqual((await plain.save()).arrays);
  });
});

test("kernels and page agree on a row's layout", () => {
  expect([stateColumns.length, horizonColumns.length, parameterColumns.length]).toEqual([
    STATE_COLUMNS,
    HORIZON_COLUMNS,
    PARAMETER_COLUMNS,
  ]);
});
