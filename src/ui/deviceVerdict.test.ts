import { describe, expect, it } from "vitest";
import type { DeviceCheck } from "../worker/reports";
import { executorFor, faultOf, hasFailed, type Verdict, verdictOf, verdicts } from "./deviceVerdict";

const now = new Date("2030-05-03T10:00:00Z");
const passed: Verdict = {
  adapter: "Mesa llvmpipe",
  version: "1.0.0",
  kernels: [],
  gradients: [],
  lost: false,
  checkedAt: now.toISOString(),
};
const failed: Verdict = { ...passed, kernels: ["sgd"] };

const check: DeviceCheck = {
  target: "webgpu",
  device: { executor: "webgpu", name: "Mesa llvmpipe", isSoftware: true, features: [], half: "none" },
  kernels: [{ kernel: "fill", cases: 4, passed: true, worst: 0 }],
  kernelTotal: 2,
  gradients: [],
  gradientTotal: 4,
  ms: 12,
};
const wrong = { kernel: "sgd", cases: 1, passed: false, worst: 7, failure: "sgd, case" };

/** A storage that holds one text, or that the browser refuses. */
function storage(text: string | null) {
  const store = {
    text,
    getItem: () => store.text,
    setItem: (_: string, value: string) => {
      store.text = value;
    },
  };
  return store;
}
const refused = (): never => {
  throw new DOMException("The operation is insecure.", "SecurityError");
};
const full = () => ({ getItem: () => null, setItem: refused });

describe("what a check says of its adapter", () => {
  it("nothing while all goes well, success at the end", () => {
    expect(verdictOf(check, "1.0.0", now)).toBeUndefined();
    expect(verdictOf({ ...check, end: "cancelled" }, "1.0.0", now)).toBeUndefined();
    expect(verdictOf({ ...check, end: "done" }, "1.0.0", now)).toEqual(passed);
  });

  it("a failure as soon as there is one, also if it was cancelled then", () => {
    const kernels = [...check.kernels, wrong];
    expect(verdictOf({ ...check, kernels }, "1.0.0", now)).toEqual(failed);
    expect(verdictOf({ ...check, kernels, end: "cancelled" }, "1.0.0", now)).toEqual(failed);
  });

  it("that it was lost; but nothing if WebGPU was not there at all", () => {
    const failure = { code: "device-lost", message: "", advice: "" } as const;
    expect(verdictOf({ ...check, end: "failed", failure }, "1.0.0", now)).toEqual({ ...passed, lost: true });
    expect(verdictOf({ ...check, end: "failed", failure: { ...failure, code: "out-of-memory" } }, "1.0.0", now)).toBeUndefined();
  });

  it("nothing of WebGPU where the CPU was checked", () => {
    expect(verdictOf({ ...check, target: "cpu", kernels: [wrong], end: "done" }, "1.0.0", now)).toBeUndefined();
  });
});

describe("a fault in words", () => {
  it("names the kernel, or the first of many", () => {
    expect(faultOf(passed)).toBe("");
    expect(faultOf(failed)).toBe("the kernel sgd does not compute right");
    expect(faultOf({ ...passed, kernels: ["sgd", "adam"] })).toBe("2 kernels do not compute right: sgd and adam");
    expect(faultOf({ ...passed, kernels: ["a", "b", "c", "d", "e"] })).toBe("5 kernels do not compute right: a, b and 3 others");
    expect(faultOf({ ...passed, gradients: ["lstm", "lstm (f16)"] })).toBe("the gradient of lstm and lstm (f16) is wrong");
    expect(faultOf({ ...passed, lost: true })).toBe("the GPU was lost while it was checked");
  });
});

describe("auto", () => {
  it("takes the CPU once the GPU has failed; WebGPU stays possible if asked for", () => {
    expect(executorFor("auto", failed)).toBe("cpu");
    expect(executorFor("auto", { ...passed, lost: true })).toBe("cpu");
    expect(executorFor("webgpu", failed)).toBe("webgpu");
    for (const verdict of [passed, undefined]) expect(executorFor("auto", verdict)).toBe("auto");
    expect(hasFailed(undefined)).toBe(false);
  });
});

describe("remembering", () => {
  it("keeps the last verdict of each adapter", () => {
    const store = storage(null);
    verdicts.remember(() => store, failed);
    verdicts.remember(() => store, { ...failed, adapter: "NVIDIA ampere" });
    verdicts.remember(() => store, passed);
    expect(verdicts.recall(() => store, "Mesa llvmpipe", "1.0.0")).toEqual(passed);
    expect(verdicts.recall(() => store, "NVIDIA ampere", "1.0.0")?.kernels).toEqual(["sgd"]);
    expect(verdicts.recall(() => store, "AMD rdna-2", "1.0.0")).toBeUndefined();
  });

  it("forgets what another version of Unroll has found, and the adapters checked longest ago", () => {
    const store = storage(null);
    verdicts.remember(() => store, failed);
    expect(verdicts.recall(() => store, failed.adapter, "1.0.1")).toBeUndefined();
    for (let i = 0; i < 20; i++) verdicts.remember(() => store, { ...failed, adapter: `GPU ${i}` });
    expect(verdicts.recall(() => store, "GPU 19", "1.0.0")).toBeDefined();
    expect(verdicts.recall(() => store, failed.adapter, "1.0.0")).toBeUndefined();
  });

  it.each([
    "not JSON",
    "null",
    '{"adapter":"Mesa llvmpipe"}',
    JSON.stringify([{ ...failed, kernels: "sgd" }]),
    JSON.stringify([{ ...failed, kernels: ["<b>sgd</b>"] }]),
    JSON.stringify([{ ...failed, checkedAt: "yesterday" }]),
  ])("takes %s as nothing, and overwrites it", (text) => {
    const store = storage(text);
    expect(verdicts.recall(() => store, failed.adapter, "1.0.0")).toBeUndefined();
    verdicts.remember(() => store, failed);
    expect(verdicts.recall(() => store, failed.adapter, "1.0.0")).toEqual(failed);
  });

  it("does without a storage that is refused or full", () => {
    expect(verdicts.recall(refused, failed.adapter, "1.0.0")).toBeUndefined();
    expect(() => verdicts.remember(refused, failed)).not.toThrow();
    expect(() => verdicts.remember(full, failed)).not.toThrow();
  });
});
