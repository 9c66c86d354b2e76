import { casesByVariant, type KernelCase, spread } from "./case";

/** Enough for tiles over the edges, offsets and strides. */
const CASES_PER_FORM = 4;

/** Cases of every other form of the cases' kernels, of those sizes that it fits. */
export function formCases(cases: readonly KernelCase[]): KernelCase[] {
  return [...casesByVariant(cases).values()].flatMap((group) =>
    Object.entries(group[0]?.kernel.forms ?? {}).flatMap(([form, { fits }]) => {
      const fitting = group.filter(({ scalars }) => fits?.(scalars) ?? true);
      return spread(fitting, CASES_PER_FORM).map((each) => ({ ...each, form }));
    }),
  );
}
