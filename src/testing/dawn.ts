import { create, globals } from "webgpu";
import { type AdapterResult, findAdapter, openDevice } from "../gpu/device";
import type { DeviceFacts } from "../plan/executor";

export interface DawnDevice {
  readonly device: GPUDevice;
  readonly facts: DeviceFacts;
  /** Destroys the device, without which Node does not exit. */
  close(): void;
}

/** Dawn must not be collected while one of its devices lives. */
let instance: GPU | undefined;

/** The adapter that Dawn finds in Node: a real GPU, or the software driver that VK_ICD_FILENAMES names. */
export function findDawnAdapter(): Promise<AdapterResult> {
  Object.assign(globalThis, globals);
  instance ??= create([]);
  return findAdapter(instance);
}

/** A fresh device of Dawn's adapter. @throws Error if there is none, with what to install. */
export async function openDawn(): Promise<DawnDevice> {
  const found = await findDawnAdapter();
  if (found.kind === "none") {
    throw new Error(
      `${found.reason} Tests need a Vulkan driver: set VK_ICD_FILENAMES to the file of SwiftShader (it comes with Chromium) or llvmpipe (Mesa).`,
    );
  }
  const device = await openDevice(found.adapter);
  return { device, facts: found.facts, close: () => device.destroy() };
}
