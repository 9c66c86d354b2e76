import { beforeEach, expect, it, vi } from "vitest";
import { withField } from "../configPath";
import type { DeviceCheck } from "../worker/reports";
import { closedRun, useApp } from "./store";
import { cancelCheck, recallDevice, receiveCheck, startCheck, trainOnCpu, usesWebGpu } from "./storeCheck";
import { client, openRun } from "./storeRun";

const adapter = { executor: "webgpu", name: "NVIDIA ampere", isSoftware: false, features: [], half: "none" } as const;
const hello = { auto: "webgpu", notice: "", adapter, data: { digits: true, shakespeare: true } } as const;
const sent = vi.spyOn(client, "send");

const broken: DeviceCheck = {
  target: "webgpu",
  device: adapter,
  kernels: [{ kernel: "sgd", cases: 1, passed: false, worst: 9, failure: "sgd" }],
  kernelTotal: 1,
  gradients: [],
  gradientTotal: 4,
  ms: 1,
};
const mended: DeviceCheck = { ...broken, kernels: [{ kernel: "sgd", cases: 1, passed: true, worst: 0 }], end: "done" };

const opens = () => sent.mock.calls.flatMap(([kind, payload]) => (kind === "open" && "executor" in payload ? [payload.executor] : []));

function check(state: DeviceCheck): void {
  startCheck("webgpu");
  receiveCheck({ requestId: useApp.getState().check?.requestId ?? 0, check: state });
}

beforeEach(() => {
  useApp.setState({ connection: "ready", hello, executor: "auto", verdict: undefined, check: undefined, run: closedRun(0) });
  openRun();
  useApp.setState(({ run }) => ({ run: { ...run, status: "ready" } }));
  sent.mockClear();
});

it("a failure moves an untrained run of auto to the CPU, and keeps auto there", () => {
  check(broken);
  expect(opens()).toEqual(["cpu"]);
  openRun();
  expect(opens()).toEqual(["cpu", "cpu"]);
});

it("a failure leaves a run that has trained, and one that was asked onto WebGPU", () => {
  useApp.setState(({ run }) => ({ run: { ...run, step: 5 } }));
  check(broken);
  expect(opens()).toEqual([]);
  useApp.setState({ executor: "webgpu", verdict: undefined, run: { ...closedRun(7), status: "ready" } });
  check(broken);
  expect(opens()).toEqual([]);
  expect(usesWebGpu(useApp.getState())).toBe(true);
  openRun();
  expect(opens()).toEqual(["webgpu"]);
});

it("a check that is passed clears the failure", () => {
  check(broken);
  sent.mockClear();
  check(mended);
  openRun();
  expect(opens()).toEqual(["auto"]);
});

it("events of an earlier check are dropped", () => {
  startCheck("webgpu");
  const earlier = useApp.getState().check?.requestId ?? 0;
  startCheck("webgpu");
  receiveCheck({ requestId: earlier, check: broken });
  expect(useApp.getState().verdict).toBeUndefined();
});

it("Cancel is told to the worker, once for the check under way", () => {
  startCheck("cpu");
  cancelCheck();
  expect(sent.mock.calls.at(-1)).toEqual(["cancelCheck", { requestId: useApp.getState().check?.requestId }]);
  expect(useApp.getState().check?.cancelling).toBe(true);
});

it("the verdict of this visit survives a restart of the worker, without storage, and is not another adapter's", () => {
  check(broken);
  recallDevice(hello);
  expect(useApp.getState().verdict?.kernels).toEqual(["sgd"]);
  recallDevice({ ...hello, adapter: { ...adapter, name: "AMD rdna-2" } });
  expect(useApp.getState().verdict).toBeUndefined();
});

it("training on the CPU instead takes 32-bit floats", () => {
  vi.stubGlobal("location", { search: "", pathname: "/", hash: "" });
  vi.stubGlobal("history", { state: null, replaceState: vi.fn() });
  const { draft } = useApp.getState();
  useApp.setState({ draft: withField(draft, "precision", "f16"), run: closedRun(9) });
  trainOnCpu();
  const configs = sent.mock.calls.flatMap(([kind, payload]) => (kind === "open" && "executor" in payload ? [payload] : []));
  expect(configs).toMatchObject([{ executor: "cpu", config: { precision: "f32" } }]);
  vi.unstubAllGlobals();
});
