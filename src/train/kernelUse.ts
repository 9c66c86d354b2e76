import { type CallTiming, callKey, OWN_FORM } from "../plan/forms";
import type { Plan } from "../plan/plan";

/** One kind of call in a training step, for people. */
export interface KernelUse {
  readonly kernel: string;
  /** Its scalars but for offsets and zeros, such as "m=1792 n=128 k=28". */
  readonly sizes: string;
  /** Calls of this kind in a step. */
  readonly calls: number;
  /** The form that a GPU runs; OWN_FORM is the kernel's own. */
  readonly form: string;
  /** The names of all its forms, the own first; one where there is no choice. */
  readonly forms: readonly string[];
  /** Milliseconds of a dispatch by form, where they were measured. */
  readonly ms?: Readonly<Record<string, number>>;
}

/** What a plan consists of, in the order of each kind's first call. */
export function kernelUses(plan: Plan, timings: readonly CallTiming[]): KernelUse[] {
  const measured = new Map(timings.map(({ key, ms }) => [key, ms]));
  const uses = new Map<string, KernelUse>();
  for (const call of plan.calls) {
    const key = callKey(call);
    const use = uses.get(key);
    if (use !== undefined) {
      uses.set(key, { ...use, calls: use.calls + 1 });
      continue;
    }
    const ms = measured.get(key);
    const [kernel = "", ...sizes] = key.split(" ");
    uses.set(key, {
      kernel,
      sizes: sizes
        .slice(0, -1)
        .filter((size) => !size.endsWith("=0"))
        .join(" "),
      calls: 1,
      form: call.form ?? OWN_FORM,
      forms: [OWN_FORM, ...Object.keys(call.kernel.forms ?? {})],
      ...(ms !== undefined && { ms }),
    });
  }
  return [...uses.values()];
}
