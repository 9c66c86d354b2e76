import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { withField } from "../../configPath";
import { presetNamed } from "../../presets";
import type { ContestantFacts } from "../../race/record";
import { METRIC_COLUMNS, metricColumns } from "../../worker/protocol";
import type { RaceState } from "../../worker/reports";
import { closedRun, useApp } from "../store";
import { client, trainProblem } from "../storeRun";
import {
  cancelRace,
  isRacing,
  limitOf,
  raceProblem,
  receiveRace,
  receiveSlice,
  receiveValidation,
  recordsOf,
  setLimitText,
  startRace,
  toggleCell,
  useRace,
} from "./raceStore";

const { config } = presetNamed("copy-memory");
const sent = vi.spyOn(client, "send").mockImplementation(() => {});
const facts: ContestantFacts = { parameters: 10, bytes: 100, flopsPerStep: 5, stepsPerEpoch: 7, prepareMs: 3 };
const start = useRace.getState();

beforeEach(() => {
  vi.useFakeTimers();
  useApp.setState({
    ...{
      connection: "ready",
      executor: "auto",
      draft: config,
      typed: {},
      ownText: undefined,
      run: closedRun(0),
      failure: undefined,
      racing: false,
    },
    hello: { auto: "cpu", notice: "", data: { digits: true, shakespeare: true } },
  });
  useRace.setState(start, true);
  sent.mockClear();
});
afterEach(() => vi.useRealTimers());

const state = (change: Partial<RaceState> = {}): RaceState => ({
  ...{ phase: "racing", label: "" },
  contestants: [
    { cell: "rnn_tanh", status: "racing", facts },
    { cell: "lstm", status: "racing", facts },
    { cell: "gru", status: "racing", facts },
  ],
  ...change,
});

function begin(): number {
  startRace();
  const id = useRace.getState().race?.id ?? 0;
  receiveRace({ raceId: id, state: state() });
  return id;
}

const rows = (losses: readonly number[]): Float32Array => {
  const all = new Float32Array(losses.length * METRIC_COLUMNS);
  for (const [i, loss] of losses.entries()) all[i * METRIC_COLUMNS + metricColumns.indexOf("loss")] = loss;
  return all;
};

describe("a race in the page", () => {
  test("is asked for with the settings of the page, and holds Train until it is over", () => {
    const id = begin();
    expect(sent).toHaveBeenCalledWith(
      "race",
      expect.objectContaining({ raceId: id, config, cells: ["rnn_tanh", "lstm", "gru"], executor: "auto" }),
    );
    expect(trainProblem(useApp.getState())).toBe("A race has the device until it is over.");
    receiveRace({ raceId: id, state: state({ phase: "ended", end: "done" }) });
    expect(isRacing(useRace.getState())).toBe(false);
    expect(trainProblem(useApp.getState())).toBeUndefined();
  });

  test("collects what each contestant does; what an earlier race sends late is dropped", () => {
    const first = begin();
    const second = begin();
    receiveSlice({ raceId: first, contestant: 0, rows: rows([9]), ms: 1 });
    receiveSlice({ raceId: second, contestant: 1, rows: rows([2, 1]), ms: 6 });
    receiveValidation({ raceId: second, contestant: 1, result: { step: 2, loss: 1, accuracy: 0.5, targets: 10, full: false } });
    const race = useRace.getState().race ?? expect.fail("no race");
    const [rnn, lstm] = recordsOf(race);
    expect(rnn?.steps).toBe(0);
    expect([lstm?.losses, lstm?.ms, lstm?.validations.length]).toEqual([[2, 1], 6, 1]);
    const before = useRace.getState().raceVersion;
    vi.advanceTimersByTime(1000);
    expect(useRace.getState().raceVersion).toBe(before + 1);
  });

  test("ends with the worker when that crashes", () => {
    begin();
    const failure = { code: "internal", message: "The training worker stopped.", advice: "Restart it." } as const;
    useApp.setState({ connection: "crashed", failure });
    expect(useRace.getState().race?.state).toMatchObject({ phase: "ended", end: "failed", failure });
    expect(useApp.getState().racing).toBe(false);
  });

  test("is cancelled once", () => {
    const id = begin();
    cancelRace();
    expect(useRace.getState().race?.cancelling).toBe(true);
    expect(sent).toHaveBeenLastCalledWith("cancelRace", { raceId: id });
  });

  test("waits for wishes that can be met, and says which cannot", () => {
    const problem = (): string | undefined => raceProblem(useApp.getState(), useRace.getState());
    expect(problem()).toBeUndefined();
    setLimitText("9");
    expect(limitOf(useRace.getState())).toBe("Steps must be a whole number from 10 to 1,000,000.");
    startRace();
    setLimitText("20");
    expect(limitOf(useRace.getState())).toEqual({ kind: "steps", steps: 20 });
    toggleCell("lstm");
    toggleCell("gru");
    expect(problem()).toBe("A race needs two cells at least.");
    startRace();
    toggleCell("gru_reset_before");
    expect(useRace.getState().cells).toEqual(["rnn_tanh", "gru_reset_before"]);
    useApp.setState({ comparing: true });
    expect(problem()).toBe("A comparison of truncations has the device until it is over or cancelled.");
    startRace();
    useApp.setState({ comparing: false, draft: withField(config, "precision", "f16") });
    expect(problem()).toBe("The CPU computes in 32-bit floats only; 16-bit floats need WebGPU.");
    useApp.setState({ draft: withField(config, "model.hiddenSize", -1) });
    expect(problem()).toMatch(/^Hidden size must be/);
    startRace();
    expect(sent).not.toHaveBeenCalled();
  });
});
