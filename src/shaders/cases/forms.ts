import { canRun } from "../kernel";
import { casesByVariant, type KernelCase, spread } from "./case";

/** Enough for tiles over the edges, offsets and strides. */
const CASES_PER_FORM = 4;

/** Cases of every other form of the cases' kernels that a device with these features of WebGPU can run, of those sizes that it fits. */
export function formCases(cases: readonly KernelCase[], features: readonly string[]): KernelCase[] {
  return [...casesByVariant(cases).values()].flatMap((group) =>
    Object.entries(group[0]?.kernel.forms ?? {}).flatMap(([name, form]) => {
      const running = group.filter(({ scalars }) => canRun(form, scalars, features));
      return spread(running, CASES_PER_FORM).map((each) => ({ ...each, form: name }));
    }),
  );
}
