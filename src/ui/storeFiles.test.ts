import { beforeEach, expect, it, vi } from "vitest";
import { presetNamed } from "../presets";
import { compileRun, summarise } from "../train/compile";
import { nominalSize } from "../train/nominal";
import { closedRun, useApp } from "./store";
import { cancelOpenFile, canSave, openFile, receiveInspected, receiveSaved, saveRun } from "./storeFiles";
import { client, needsOpen, openRun } from "./storeRun";

const sent = vi.spyOn(client, "send");
const { config } = presetNamed("copy-memory");
const file = new File(["x"], "run.safetensors");
const failure = { code: "bad-file", message: "It is damaged.", advice: "Take another one." } as const;

const requestId = (): number => useApp.getState().inspection?.requestId ?? -1;
const kinds = (): string[] => sent.mock.calls.map(([kind]) => kind);

beforeEach(() => {
  vi.stubGlobal("location", { search: "", pathname: "/", hash: "" });
  vi.stubGlobal("history", { state: null, replaceState: () => undefined });
  useApp.setState({ connection: "ready", run: closedRun(3), inspection: undefined, saving: false, failure: undefined });
  openRun();
  useApp.setState(({ run }) => ({ run: { ...run, status: "training", step: 5 } }));
  sent.mockClear();
});

it("a good file replaces the run, with its settings and its step", () => {
  openFile(file);
  expect(useApp.getState().run).toMatchObject({ status: "training", step: 5 });
  receiveInspected({ requestId: requestId(), label: "Loading data", fraction: 0.5 });
  expect(useApp.getState().inspection).toMatchObject({ name: "run.safetensors", label: "Loading data", fraction: 0.5 });
  const id = requestId();
  receiveInspected({ requestId: id, config, step: 203 });
  const state = useApp.getState();
  expect(state).toMatchObject({ inspection: undefined, draft: config, preset: { name: "copy-memory" } });
  expect(state.run).toMatchObject({ status: "loading", step: 203, from: { name: "run.safetensors", step: 203 } });
  expect(needsOpen(state)).toBe(false);
  expect(sent).toHaveBeenLastCalledWith("open", expect.objectContaining({ runId: state.run.id, config, saved: id }));
});

it("a bad file is told, and the run stays as it is", () => {
  const { run, draft } = useApp.getState();
  openFile(file);
  receiveInspected({ requestId: requestId(), failure });
  expect(useApp.getState()).toMatchObject({ inspection: undefined, failure });
  expect(useApp.getState().run).toBe(run);
  expect(useApp.getState().draft).toBe(draft);
  expect(kinds()).toEqual(["inspect"]);
});

it("what comes of a file that was given up, or replaced by another, is dropped", () => {
  const { run } = useApp.getState();
  openFile(file);
  const first = requestId();
  openFile(file);
  receiveInspected({ requestId: first, config, step: 1 });
  const second = requestId();
  expect(second).not.toBe(first);
  cancelOpenFile();
  receiveInspected({ requestId: second, config, step: 1 });
  expect(useApp.getState().run).toBe(run);
  expect(kinds()).toEqual(["inspect", "inspect", "cancelInspect"]);
});

it("saves one file at a time, of a run that is open", () => {
  expect(canSave(useApp.getState())).toBe(false);
  saveRun();
  expect(kinds()).toEqual([]);
  const data = nominalSize(config.task);
  const device = { executor: "cpu", name: "WebAssembly", isSoftware: true, features: [], half: "none" } as const;
  const facts = { summary: summarise(compileRun(config, data)), data: { ...data, name: "Copy memory", vocabulary: [] }, device };
  useApp.setState(({ run }) => ({ run: { ...run, facts } }));
  saveRun();
  saveRun();
  expect(kinds()).toEqual(["save"]);
  receiveSaved({ runId: 4, failure });
  expect(useApp.getState()).toMatchObject({ saving: false, failure });
  useApp.setState(({ run }) => ({ run: { ...run, resetting: true } }));
  expect(canSave(useApp.getState())).toBe(false);
});
