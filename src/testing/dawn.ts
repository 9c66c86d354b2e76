import { type AdapterResult, findAdapter, openDevice } from "../gpu/device";
import { dawn } from "../headless/dawn";
import type { DeviceFacts } from "../plan/executor";

export interface DawnDevice {
  readonly device: GPUDevice;
  readonly facts: DeviceFacts;
  /** Destroys the device, without which Node does not exit. */
  close(): void;
}

/** The adapter that Dawn finds in Node: a real GPU, or the software driver that VK_ICD_FILENAMES names. */
export const findDawnAdapter = (): Promise<AdapterResult> => findAdapter(dawn());

/** A fresh device of Dawn's adapter. @throws Error if there is none, with what to install. */
export async function openDawn(): Promise<DawnDevice> {
  const found = await findDawnAdapter();
  if (found.kind === "none") {
    const advice = "Set VK_ICD_FILENAMES to the file of a Vulkan driver: SwiftShader's (it comes with Chromium) or llvmpipe's (Mesa).";
    throw new Error(`${found.reason} ${advice}`);
  }
  const device = await openDevice(found.adapter);
  return { device, facts: found.facts, close: () => device.destroy() };
}
