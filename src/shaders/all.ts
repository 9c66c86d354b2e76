import type { AnyKernel } from "./kernel";

/** Every kernel, for tests and for the check of a device. */
export const kernels: readonly AnyKernel[] = [];
