import { beforeEach, expect, it, vi } from "vitest";
import { experimentNamed } from "../../experiments/list";
import { metricRows } from "../../testing/metricRows";
import type { Events } from "../../worker/protocol";
import { closedRun, type RunView, useApp } from "../store";
import { client } from "../storeRun";
import { liveEvidence, watchExperiments } from "./storeExperiment";

const [stage] = experimentNamed("vanish").stages;
if (stage === undefined) throw new Error("the experiment has no stage");
const handlers: { [K in keyof Events]?: (event: Events[K]) => void } = {};
vi.spyOn(client, "on").mockImplementation((kind, handler) => {
  Object.assign(handlers, { [kind]: handler });
  return () => undefined;
});
watchExperiments();

const speed = { stepsPerSecond: 1, tokensPerSecond: 1, msPerStep: 1 };
const trainOneStep = (): void => handlers.metrics?.({ runId: 3, rows: metricRows([{ loss: 1.4 }]), ...speed });
const tune = (lr: number): void =>
  useApp.setState(({ run }) => ({
    run: {
      ...run,
      with: run.with && { ...run.with, config: { ...stage.config, optimizer: { ...stage.config.optimizer, lr } } },
    },
  }));

beforeEach(() => {
  // Of the facts, only the number of parameters is read.
  const facts = { summary: { parameters: 1 } } as NonNullable<RunView["facts"]>;
  const opened = { config: stage.config, executor: "cpu", kernels: "auto", ownText: undefined } as const;
  useApp.setState({ run: { ...closedRun(3), with: opened, facts, status: "training" } });
  handlers.status?.({ runId: 3, status: "training", step: 0, epoch: 0 });
  handlers.opened?.({ runId: 3 } as Events["opened"]);
});

it("other settings for a moment, in which nothing trains, leave what the run has shown", () => {
  trainOneStep();
  tune(0.5);
  expect(liveEvidence(useApp.getState(), stage)).toBeUndefined();
  tune(stage.config.optimizer.lr);
  expect(liveEvidence(useApp.getState(), stage)?.step).toBe(1);
});

it("a run that has trained with other settings shows nothing of the stage, also once they are set back", () => {
  trainOneStep();
  tune(0.5);
  trainOneStep();
  tune(stage.config.optimizer.lr);
  trainOneStep();
  expect(liveEvidence(useApp.getState(), stage)).toBeUndefined();
});
