import { afterEach, describe, expect, test } from "vitest";
import type { RunConfig } from "../config";
import { createCpuExecutor } from "../cpu/cpuExecutor";
import { makeCopy } from "../data/copy";
import type { Executor } from "../plan/executor";
import { ExecutorError } from "../plan/executor";
import { ownForms } from "../plan/forms";
import { presetNamed } from "../presets";
import { openTrainer } from "../train/open";
import type { Events } from "./protocol";
import type { Post } from "./session";
import { TruncationComparisons } from "./truncation";

const task = { kind: "copy", symbols: 3, length: 2, delay: 3 } as const;
const config: RunConfig = {
  ...presetNamed("copy-memory").config,
  task,
  model: { cell: "gru", hiddenSize: 8, numLayers: 1, embeddingSize: 4, forgetBias: 0 },
  batchSize: 8,
};

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function open(openExecutor: () => Promise<Executor> = () => createCpuExecutor({ threads: 1 })) {
  const dataset = makeCopy(task, config.seed);
  const trainer = await openTrainer(config, dataset, await createCpuExecutor({ threads: 1 }));
  closers.push(() => trainer.executor.destroy());
  const events: Events["truncation"][] = [];
  const waiting: (() => void)[] = [];
  const post: Post = (kind, payload) => {
    if (kind !== "truncation") throw new TypeError(`a comparison posted ${kind}`);
    events.push(payload as Events["truncation"]);
    for (const go of waiting.splice(0)) go();
  };
  let [opened, destroyed] = [0, 0];
  const counted = async (): Promise<Executor> => {
    const executor = await openExecutor();
    opened++;
    const destroy = executor.destroy.bind(executor);
    executor.destroy = () => {
      destroyed++;
      destroy();
    };
    return executor;
  };
  const comparisons = new TruncationComparisons({ runId: 1, trainer, dataset, chooseForm: ownForms }, counted, post);
  const ask = (requestId: number, batches = 3): Promise<void> =>
    comparisons.compare({ runId: 1, requestId, request: { lengths: [1, 4], batches, draws: 2 } });
  const event = (): Promise<void> => new Promise((resolve) => waiting.push(resolve));
  return { comparisons, ask, events, event, held: () => opened - destroyed, trainer };
}

const doneOf = (events: readonly Events["truncation"][]) =>
  events.map((each) => ("comparison" in each ? each.comparison.batchesDone : "label"));

describe("comparisons for the open run", () => {
  test("tell how they come on, then what they found, and free their memory", async () => {
    const { ask, events, held } = await open();
    await ask(7);
    expect(doneOf(events).filter((each) => each !== "label")).toEqual([1, 2, 3, 3]);
    expect(events[0]).toEqual({ runId: 1, requestId: 7, label: "Copying the weights" });
    expect(events.at(-1)).toMatchObject({ requestId: 7, done: true, comparison: { step: 0, steps: 7 } });
    expect(held()).toBe(0);
  });

  test("post nothing more once cancelled, and free their memory", async () => {
    const { comparisons, ask, events, event, held } = await open();
    const over = ask(1, 1000);
    while (!("comparison" in (events.at(-1) ?? {}))) await event();
    comparisons.cancel(5);
    await event();
    comparisons.cancel(1);
    const count = events.length;
    await over;
    expect(events).toHaveLength(count);
    expect(held()).toBe(0);
  });

  test("give way to a newer one, never two at once", async () => {
    let alive = 0;
    const { ask, events, event } = await open(async () => {
      alive++;
      const executor = await createCpuExecutor({ threads: 1 });
      const destroy = executor.destroy.bind(executor);
      executor.destroy = () => {
        alive--;
        destroy();
      };
      expect(alive).toBe(1);
      return executor;
    });
    const first = ask(1, 1000);
    await event();
    await Promise.all([first, ask(2)]);
    expect(events.at(-1)).toMatchObject({ requestId: 2, done: true });
    expect(alive).toBe(0);
  });

  test("end with the run", async () => {
    const { comparisons, ask, events, event, held } = await open();
    void ask(1, 1000);
    await event();
    await comparisons.end();
    expect(held()).toBe(0);
    expect(events.every((each) => "label" in each || ("comparison" in each && !each.done))).toBe(true);
  });

  test("tell of a device that fails in a sentence", async () => {
    const { ask, events } = await open(() => Promise.reject(new ExecutorError("out-of-memory", "There is no memory left.")));
    await ask(1);
    expect(events.at(-1)).toMatchObject({ failure: { code: "out-of-memory", message: "There is no memory left." } });
  });
});
