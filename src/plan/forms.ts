import { type AnyKernel, canRun } from "../shaders/kernel";
import type { Storage } from "../shaders/storage";
import type { DeviceFacts } from "./executor";
import type { KernelCall } from "./plan";

/** The form in which a GPU is to run a kernel call; undefined is the kernel's own. The CPU executor has one form of each kernel. */
export type ChooseForm = (kernel: AnyKernel, scalars: Readonly<Record<string, number>>, storage: Storage) => string | undefined;

export const ownForms: ChooseForm = () => undefined;

/** How a run's forms are chosen: the same in every run on an adapter, or the fastest by measurement; auto measures on a real GPU. */
export type KernelChoice = "auto" | "fixed" | "measured";

type Device = Pick<DeviceFacts, "executor" | "isSoftware" | "features">;

/** A form by name, wherever a kernel has it, it fits and the device can run it; elsewhere the kernel's own. */
export const forcedForm =
  (name: string | undefined, { features }: Pick<Device, "features">): ChooseForm =>
  ({ forms }, scalars) => {
    const form = name === undefined ? undefined : forms?.[name];
    return form !== undefined && canRun(form, scalars, features) ? name : undefined;
  };

/** The choice that needs no measurement, and so is the same in every run: by whether the adapter is a real GPU. */
export const fixedForms =
  (device: Device): ChooseForm =>
  (kernel, scalars, storage) =>
    device.executor === "cpu"
      ? undefined
      : forcedForm(device.isSoftware ? kernel.onSoftware : kernel.onHardware, device)(kernel, scalars, storage);

/** How long a kernel call took in each of its forms. */
export interface CallTiming {
  /** See `callKey`. */
  readonly key: string;
  /** Milliseconds of one dispatch by form; OWN_FORM stands for the kernel's own. A form that the device refuses is missing. */
  readonly ms: Readonly<Record<string, number>>;
}

/** What stands for a kernel's own form where a name is needed. */
export const OWN_FORM = "own";

type CallShape = Pick<KernelCall, "kernel" | "scalars" | "storage">;

/** Where a call reads and writes, and which time step it is, says nothing of how long it takes. */
const isPlace = (scalar: string): boolean => scalar === "step" || scalar.endsWith("_offset");

/** What two calls have in common that take equally long on a device: kernel, sizes and types. */
export function callKey({ kernel, scalars, storage: { real, result } }: CallShape): string {
  const sizes = Object.keys(kernel.scalars).filter((name) => !isPlace(name));
  return [kernel.name, ...sizes.map((name) => `${name}=${scalars[name]}`), `${real}>${result}`].join(" ");
}

/** Noise of a short measurement: a form must be this much faster to be taken in place of the fixed choice. */
const CLEARLY_FASTER = 0.95;

/** The fastest measured form of each call that was measured; the fixed choice for the others, and where nothing is clearly faster. */
export function measuredForms(timings: readonly CallTiming[], device: Device): ChooseForm {
  const fixed = fixedForms(device);
  const byKey = new Map(timings.map(({ key, ms }) => [key, ms]));
  return (kernel, scalars, storage) => {
    const usual = fixed(kernel, scalars, storage);
    const ms = byKey.get(callKey({ kernel, scalars, storage }));
    if (ms === undefined) return usual;
    const usualMs = ms[usual ?? OWN_FORM] ?? Number.POSITIVE_INFINITY;
    const [best, bestMs] = Object.entries(ms).reduce((a, b) => (b[1] < a[1] ? b : a), [OWN_FORM, Number.POSITIVE_INFINITY]);
    if (bestMs >= CLEARLY_FASTER * usualMs) return usual;
    return best === OWN_FORM ? undefined : forcedForm(best, device)(kernel, scalars, storage);
  };
}
