import type { AnyKernel } from "../shaders/kernel";
import type { Storage } from "../shaders/storage";
import type { DeviceFacts } from "./executor";

/** The form in which a GPU is to run a kernel call; undefined is the kernel's own. The CPU executor has one form of each kernel. */
export type ChooseForm = (kernel: AnyKernel, scalars: Readonly<Record<string, number>>, storage: Storage) => string | undefined;

export const ownForms: ChooseForm = () => undefined;

/** A form by name, wherever a kernel has it and it fits; elsewhere the kernel's own. */
export const forcedForm =
  (name: string): ChooseForm =>
  ({ forms }, scalars) => {
    const form = forms?.[name];
    return form !== undefined && (form.fits?.(scalars) ?? true) ? name : undefined;
  };

/** The choice that needs no measurement, and so is the same in every run: by whether the adapter is a real GPU. */
export const fixedForms =
  ({ executor, isSoftware }: Pick<DeviceFacts, "executor" | "isSoftware">): ChooseForm =>
  (kernel, scalars, storage) =>
    executor === "cpu" || isSoftware || kernel.onHardware === undefined
      ? undefined
      : forcedForm(kernel.onHardware)(kernel, scalars, storage);
