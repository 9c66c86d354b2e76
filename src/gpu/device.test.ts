import { describe, expect, it } from "vitest";
import { ExecutorError } from "../plan/executor";
import { findDawnAdapter } from "../testing/dawn";
import { adapterName, findAdapter, isSoftwareAdapter, openDevice } from "./device";

const blank = { vendor: "", architecture: "", device: "", description: "" };

describe("isSoftwareAdapter", () => {
  it.each([
    [{ vendor: "google", architecture: "swiftshader" }, true],
    [{ vendor: "mesa", architecture: "software", description: "llvmpipe (LLVM 19.1, 256 bits)" }, true],
    [{ vendor: "microsoft", architecture: "warp", description: "Microsoft Basic Render Driver" }, true],
    [{ isFallbackAdapter: true }, true],
    [{ vendor: "nvidia", architecture: "ampere", isFallbackAdapter: false }, false],
    [{ vendor: "apple", architecture: "metal-3" }, false],
    [{}, false],
  ])("%o: %s", (info, expected) => {
    expect(isSoftwareAdapter({ ...blank, ...info })).toBe(expected);
  });
});

describe("adapterName", () => {
  it.each([
    [{ vendor: "nvidia", architecture: "ampere", description: "NVIDIA GeForce RTX 3080" }, "NVIDIA GeForce RTX 3080"],
    [{ vendor: "nvidia", architecture: "ampere" }, "NVIDIA ampere"],
    [{ vendor: "apple", architecture: "" }, "Apple"],
    [{}, "a GPU that the browser does not name"],
  ])("%o: %s", (info, expected) => {
    expect(adapterName({ ...blank, ...info })).toBe(expected);
  });
});

/** A GPU object that answers requestAdapter in the given way. */
const gpuThat = (requestAdapter: () => Promise<GPUAdapter | null>): GPU => Object.assign(Object.create(null), { requestAdapter });

describe("findAdapter", () => {
  it("says why there is none", async () => {
    expect(await findAdapter(undefined)).toEqual({ kind: "none", reason: "This browser has no WebGPU." });
    const none = await findAdapter(gpuThat(async () => null));
    expect(none).toEqual({ kind: "none", reason: "This browser has WebGPU, but no graphics adapter that it can use." });
    const failed = await findAdapter(gpuThat(() => Promise.reject(new Error("blocked"))));
    expect(failed).toEqual({ kind: "none", reason: "WebGPU could not be started: blocked" });
    const hung = await findAdapter(
      gpuThat(() => new Promise(() => {})),
      10,
    );
    expect(hung).toEqual({ kind: "none", reason: "The graphics driver did not answer within 0.01 seconds." });
  });

  it("finds and opens a real one, with its own buffer limits", async () => {
    const found = await findDawnAdapter();
    if (found.kind === "none") throw new Error(found.reason);
    expect(found.facts.name).not.toBe("");
    const device = await openDevice(found.adapter);
    expect(device.limits.maxBufferSize).toBe(found.adapter.limits.maxBufferSize);
    expect(device.limits.maxStorageBuffersPerShaderStage).toBe(8);
    device.destroy();
    const second: unknown = await openDevice(found.adapter).catch((error: unknown) => error);
    expect(second).toBeInstanceOf(ExecutorError);
    expect(second).toMatchObject({ code: "no-webgpu" });
  });
});
