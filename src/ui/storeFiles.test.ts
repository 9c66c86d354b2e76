import { beforeEach, expect, it, vi } from "vitest";
import { floatTensor, writeSafetensors } from "../files/safetensors";
import { presetNamed } from "../presets";
import { compileRun, summarise } from "../train/compile";
import { nominalSize } from "../train/nominal";
import { closedRun, useApp } from "./store";
import { canSave, openFile, receiveInspected, receiveSaved, saveRun, takeFiles } from "./storeFiles";
import { cancelOpenFile, cancelOpening, client, needsOpen, openRun } from "./storeRun";

const sent = vi.spyOn(client, "send");
const { config } = presetNamed("copy-memory");
const file = new File(["x"], "run.safetensors");
const failure = { code: "bad-file", message: "It is damaged.", advice: "Take another one." } as const;

const requestId = (): number => useApp.getState().inspection?.requestId ?? -1;
const kinds = (): string[] => sent.mock.calls.map(([kind]) => kind);

beforeEach(() => {
  vi.stubGlobal("location", { search: "", pathname: "/", hash: "" });
  vi.stubGlobal("history", { state: null, replaceState: () => undefined });
  useApp.setState({ connection: "ready", run: closedRun(3), inspection: undefined, saving: false, failure: undefined, notices: [] });
  openRun();
  useApp.setState(({ run }) => ({ run: { ...run, status: "training", step: 5 } }));
  sent.mockClear();
});

it("a good file replaces the run, with its settings and its step", async () => {
  await openFile(file);
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

it("a bad file is told, and the run stays as it is", async () => {
  const { run, draft } = useApp.getState();
  await openFile(file);
  receiveInspected({ requestId: requestId(), failure });
  expect(useApp.getState()).toMatchObject({ inspection: undefined, failure });
  expect(useApp.getState().run).toBe(run);
  expect(useApp.getState().draft).toBe(draft);
  expect(kinds()).toEqual(["inspect"]);
});

it("what comes of a file that was given up, or replaced by another, is dropped", async () => {
  const { run } = useApp.getState();
  await openFile(file);
  const first = requestId();
  await openFile(file);
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
  const kernels = { choice: "fixed", uses: [] } as const;
  const compiled = compileRun(config, data);
  const facts = {
    summary: summarise(compiled),
    probes: compiled.probes,
    data: { ...data, name: "Copy memory", vocabulary: [] },
    device,
    kernels,
  };
  useApp.setState(({ run }) => ({ run: { ...run, facts } }));
  saveRun();
  saveRun();
  expect(kinds()).toEqual(["save"]);
  receiveSaved({ runId: 4, failure });
  expect(useApp.getState()).toMatchObject({ saving: false, failure });
  useApp.setState(({ run }) => ({ run: { ...run, resetting: true } }));
  expect(canSave(useApp.getState())).toBe(false);
});

it("a chosen file that is no saved run is told, by its content where its name does not say so", async () => {
  await openFile(new File(["Shall I compare thee"], "play.txt"));
  expect(useApp.getState().failure).toEqual({
    code: "bad-file",
    message: '"play.txt" is no saved run.',
    advice: "To train on a text, drop it on the page.",
  });
  expect(kinds()).toEqual([]);
  const renamed = writeSafetensors([["a", floatTensor([1], Float32Array.of(1))]]);
  await openFile(new File([renamed], "run.txt"));
  expect(kinds()).toEqual(["inspect"]);
});

it("of several dropped files the first is taken, and that is said", async () => {
  const told = "Only the first of the files, run.safetensors, was taken.";
  await takeFiles([]);
  await takeFiles([file]);
  expect(useApp.getState().notices).toEqual([]);
  useApp.setState({ notices: ["about the settings before"] });
  await takeFiles([file, new File(["x"], "other.txt")]);
  expect(useApp.getState().notices).toContain(told);
  expect(sent).toHaveBeenLastCalledWith("inspect", expect.objectContaining({ file }));
  receiveInspected({ requestId: requestId(), config, step: 1 });
  expect(useApp.getState().notices).toEqual([told]);
});

it("Train takes the place of a file that is being looked at; a run that opens by itself does not", async () => {
  await openFile(file);
  const id = requestId();
  openRun();
  expect(requestId()).toBe(id);
  openRun("train");
  expect(useApp.getState().inspection).toBeUndefined();
  expect(sent).toHaveBeenCalledWith("cancelInspect", { requestId: id });
  const { run } = useApp.getState();
  receiveInspected({ requestId: id, config, step: 203 });
  expect(useApp.getState().run).toBe(run);
});

it("giving up a saved run while it opens says what became of it", async () => {
  await openFile(file);
  receiveInspected({ requestId: requestId(), config, step: 1203 });
  const { id } = useApp.getState().run;
  cancelOpening();
  expect(sent).toHaveBeenLastCalledWith("close", { runId: id });
  expect(useApp.getState().run).toMatchObject({ status: "idle", from: undefined });
  expect(useApp.getState().notices).toEqual([
    "run.safetensors was not opened, and the run before it is closed. Train starts a new run with its settings; " +
      "open the file again to go on from step 1,203.",
  ]);
});

it("giving up a new run says nothing", () => {
  openRun();
  cancelOpening();
  expect(useApp.getState().notices).toEqual([]);
});
