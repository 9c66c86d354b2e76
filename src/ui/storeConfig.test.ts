import { beforeEach, describe, expect, it, vi } from "vitest";
import { withField } from "../configPath";
import { presetNamed } from "../presets";
import { closedRun, useApp } from "./store";
import { setField, trainOnFile } from "./storeConfig";
import { client, openRun, train, trainProblem } from "./storeRun";

const sent = vi.spyOn(client, "send");
const replaceState = vi.fn();
const kinds = (): string[] => sent.mock.calls.map(([kind]) => kind);
const { config } = presetNamed("copy-memory");
const half = withField(config, "precision", "f16");
const data = { digits: true, shakespeare: true };
const sentence = "The CPU computes in 32-bit floats only; 16-bit floats need WebGPU.";
const poem = new File(["So long as men can breathe or eyes can see, so long lives this.\n".repeat(2000)], "poem.txt");

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  vi.stubGlobal("location", { pathname: "/", search: "", hash: "" });
  vi.stubGlobal("history", { state: null, replaceState });
  useApp.setState({
    connection: "ready",
    hello: { auto: "cpu", notice: "", data },
    executor: "auto",
    draft: config,
    typed: {},
    ownText: undefined,
    run: closedRun(0),
    failure: undefined,
  });
  sent.mockClear();
});

describe("a dropped text", () => {
  it("is trained on", async () => {
    await trainOnFile(poem);
    expect(useApp.getState()).toMatchObject({ failure: undefined, ownText: { name: "poem.txt" }, run: { afterOpen: "train" } });
    expect(kinds()).toEqual(["open"]);
  });

  it("that cannot be read is told, and the run stays", async () => {
    const folder = new File(["x"], "poems");
    folder.arrayBuffer = () => Promise.reject(new DOMException("A requested file or directory could not be found.", "NotFoundError"));
    await trainOnFile(folder);
    expect(useApp.getState().failure).toEqual({
      code: "bad-file",
      message: '"poems" could not be read: it is a folder, or it was moved or changed.',
      advice: "Choose it again.",
    });
    expect(kinds()).toEqual([]);
  });

  it("waits where the settings want a precision that the device lacks, with the way out", async () => {
    useApp.setState({ draft: withField(presetNamed("chars-small").config, "precision", "f16") });
    await trainOnFile(poem);
    expect(useApp.getState().failure).toEqual({ code: "no-half", message: sentence, advice: "Set the precision to 32-bit float." });
    expect(kinds()).toEqual([]);
  });
});

describe("clipping", () => {
  const tunes = (): unknown[] => sent.mock.calls.flatMap(([kind, payload]) => (kind === "tune" ? [payload] : []));

  it("changes its kind and threshold in the run that is open", () => {
    openRun();
    useApp.setState(({ run }) => ({ run: { ...run, status: "training", step: 7 } }));
    const { id } = useApp.getState().run;
    setField("clip.kind", "value");
    vi.runAllTimers();
    setField("clip.max", 0.25);
    vi.runAllTimers();
    setField("clip.kind", "none");
    vi.runAllTimers();
    expect(tunes()).toEqual([
      { runId: id, clip: { kind: "value", max: 1 } },
      { runId: id, clip: { kind: "value", max: 0.25 } },
      { runId: id, clip: { kind: "none" } },
    ]);
    expect(kinds().filter((kind) => kind === "open")).toHaveLength(1);
    expect(replaceState.mock.calls.map(([, , address]) => address).at(-1)).toContain("clip.kind=none");
  });
});

describe("half precision on a device without it", () => {
  it("makes Train wait with a reason, until the precision is changed", () => {
    useApp.setState({ draft: half });
    expect(trainProblem(useApp.getState())).toBe(sentence);
    useApp.setState({ draft: config });
    expect(trainProblem(useApp.getState())).toBeUndefined();
  });

  it("is still asked for when the page opens, so that the failure offers the way back", () => {
    useApp.setState({ draft: half });
    openRun();
    expect(kinds()).toEqual(["open"]);
    useApp.setState(({ run }) => ({ run: { ...run, status: "failed" } }));
    expect(trainProblem(useApp.getState())).toBe(sentence);
  });

  it("does not hold up a run that is open in it", () => {
    useApp.setState({ draft: half });
    openRun();
    useApp.setState(({ run }) => ({ run: { ...run, status: "ready" } }));
    expect(trainProblem(useApp.getState())).toBeUndefined();
    train();
    expect(kinds()).toEqual(["open", "train"]);
  });
});
