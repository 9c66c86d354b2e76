import { type DeviceFacts, ExecutorError } from "../plan/executor";
import { messageOf } from "./deviceWatch";

const TIMEOUT_MS = 10_000;

/** The WebGPU adapter that there is, or one sentence that says why there is none. */
export type AdapterResult =
  | { readonly kind: "found"; readonly adapter: GPUAdapter; readonly facts: DeviceFacts }
  | { readonly kind: "none"; readonly reason: string };

/** Looks for the fastest adapter. `gpu` is `navigator.gpu`, or Dawn's in Node. Never hangs: a driver that does not answer counts as none. */
export async function findAdapter(gpu: GPU | undefined, timeoutMs = TIMEOUT_MS): Promise<AdapterResult> {
  if (gpu === undefined) return { kind: "none", reason: "This browser has no WebGPU." };
  try {
    const adapter = await withTimeout(gpu.requestAdapter({ powerPreference: "high-performance" }), timeoutMs);
    if (adapter === "timeout") return { kind: "none", reason: `The graphics driver did not answer within ${timeoutMs / 1000} seconds.` };
    if (adapter === null) return { kind: "none", reason: "This browser has WebGPU, but no graphics adapter that it can use." };
    return { kind: "found", adapter, facts: factsOf(adapter) };
  } catch (error) {
    return { kind: "none", reason: `WebGPU could not be started: ${messageOf(error)}` };
  }
}

/**
 * Opens a device with as much memory per buffer as the adapter gives, and timestamps, f16 and subgroups where it has them. An adapter opens one device only.
 * Whoever opens a device destroys it.
 * @throws ExecutorError "no-webgpu"
 */
export async function openDevice(adapter: GPUAdapter, timeoutMs = TIMEOUT_MS): Promise<GPUDevice> {
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  const optional: GPUFeatureName[] = ["timestamp-query", "shader-f16", "subgroups"];
  const request = adapter.requestDevice({
    requiredFeatures: optional.filter((feature) => adapter.features.has(feature)),
    requiredLimits: { maxBufferSize, maxStorageBufferBindingSize },
  });
  try {
    const device = await withTimeout(request, timeoutMs);
    if (device !== "timeout") return device;
  } catch (error) {
    throw new ExecutorError("no-webgpu", `The GPU could not be opened: ${messageOf(error)}`);
  }
  // It may still come after all; nobody would destroy it then.
  request.then(
    (late) => late.destroy(),
    () => {},
  );
  throw new ExecutorError("no-webgpu", `The GPU could not be opened within ${timeoutMs / 1000} seconds.`);
}

async function withTimeout<T>(promise: Promise<T>, ms: number): Promise<T | "timeout"> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<"timeout">((resolve) => {
    timer = setTimeout(() => resolve("timeout"), ms);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

type AdapterInfo = Pick<GPUAdapterInfo, "vendor" | "architecture" | "device" | "description"> & { readonly isFallbackAdapter?: boolean };

/** Adapters that compute on the CPU: Google's SwiftShader, Mesa's llvmpipe (its Vulkan driver is lavapipe), Microsoft's WARP. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|basic render|\bwarp\b|\bsoftware\b|\bcpu\b/i;

export function isSoftwareAdapter(info: AdapterInfo): boolean {
  return info.isFallbackAdapter === true || SOFTWARE.test([info.vendor, info.architecture, info.device, info.description].join(" "));
}

const VENDORS: Readonly<Record<string, string>> = {
  amd: "AMD",
  apple: "Apple",
  arm: "Arm",
  google: "Google",
  "img-tec": "Imagination",
  intel: "Intel",
  mesa: "Mesa",
  microsoft: "Microsoft",
  nvidia: "NVIDIA",
  qualcomm: "Qualcomm",
  samsung: "Samsung",
};

const ARCHITECTURES: Readonly<Record<string, string>> = { swiftshader: "SwiftShader" };

/** As the browser describes the adapter; most tell only vendor and architecture, such as "NVIDIA ampere", to make tracking harder. */
export function adapterName(info: AdapterInfo): string {
  const description = info.description.trim();
  if (description !== "") return description;
  const vendor = VENDORS[info.vendor] ?? info.vendor;
  const architecture = ARCHITECTURES[info.architecture] ?? info.architecture;
  const name = [vendor, architecture].filter((part) => part !== "").join(" ");
  return name === "" ? "a GPU that the browser does not name" : name;
}

function factsOf({ info, features }: GPUAdapter): DeviceFacts {
  return {
    executor: "webgpu",
    name: adapterName(info),
    isSoftware: isSoftwareAdapter(info),
    features: [...features].sort(),
    half: features.has("shader-f16") ? "native" : "none",
  };
}
