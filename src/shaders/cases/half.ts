import { roundToHalf } from "../half";
import type { Storage } from "../storage";
import { casesByVariant, elementType, type KernelCase, spread, variantName } from "./case";
import { defaultTolerance } from "./tolerance";

/** Variants in which a run of half precision calls a kernel; those that make no difference to it are left out. */
const storages: readonly Storage[] = [
  { real: "f16", result: "f32" },
  { real: "f16", result: "f16" },
];

/** Enough for rows, columns and padding left over. */
const CASES_PER_KERNEL = 3;

/**
 * These read a state as they stored it before, where other forms of the kernel go on with what they have in f32. So what they compute in
 * f32 from a stored state, the cell, is as exact as f16 and not more.
 */
const readingStoredState: ReadonlySet<string> = new Set(["lstm_sequence_forward subgroups"]);

function stored(each: KernelCase, storage: Storage): KernelCase {
  const buffers = Object.entries(each.buffers).map(([name, data]): [string, Float32Array | Uint32Array] => {
    const type = each.kernel.bindings[name]?.type;
    const isHalf = type !== undefined && elementType(type, storage) === "f16";
    return [name, isHalf && data instanceof Float32Array ? data.map(roundToHalf) : data];
  });
  const isAsStored = readingStoredState.has(variantName(each));
  return { ...each, storage, buffers: Object.fromEntries(buffers), ...(isAsStored && { tolerance: defaultTolerance.f16 }) };
}

/** From here on numbers are rounded to an infinity. */
const BEYOND_HALF = 65_520;

/** Numbers that f16 cannot hold belong to the cases of f32. */
const isHeld = ({ buffers, kernel }: KernelCase): boolean =>
  Object.entries(buffers).every(
    ([name, data]) => kernel.bindings[name]?.type !== "real" || !data.some((value) => Math.abs(value) >= BEYOND_HALF),
  );

/** The cases of half precision: some of each form of each kernel that takes f16, with its inputs rounded to f16. */
export function halfCases(cases: readonly KernelCase[]): KernelCase[] {
  const taking = cases.filter((each) => bindingTypes(each).includes("real") && isHeld(each));
  return [...casesByVariant(taking).values()].flatMap((group) => {
    const hasResult = group.some((each) => bindingTypes(each).includes("result"));
    const chosen = spread(group, CASES_PER_KERNEL);
    return storages.slice(hasResult ? 0 : 1).flatMap((storage) => chosen.map((each) => stored(each, storage)));
  });
}

const bindingTypes = ({ kernel }: KernelCase) => Object.values(kernel.bindings).map(({ type }) => type);
