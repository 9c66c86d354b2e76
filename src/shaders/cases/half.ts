import { roundToHalf } from "../half";
import type { Storage } from "../storage";
import { elementType, type KernelCase } from "./case";

/** Variants in which a run of half precision calls a kernel; those that make no difference to it are left out. */
const storages: readonly Storage[] = [
  { real: "f16", result: "f32" },
  { real: "f16", result: "f16" },
];

/** Cases of each kernel: enough for rows, columns and padding left over; each more would be compiled anew on a software GPU. */
const CASES_PER_KERNEL = 3;

function stored(each: KernelCase, storage: Storage): KernelCase {
  const buffers = Object.entries(each.buffers).map(([name, data]): [string, Float32Array | Uint32Array] => {
    const type = each.kernel.bindings[name]?.type;
    const isHalf = type !== undefined && elementType(type, storage) === "f16";
    return [name, isHalf && data instanceof Float32Array ? data.map(roundToHalf) : data];
  });
  return { ...each, storage, buffers: Object.fromEntries(buffers) };
}

/** From here on numbers are rounded to an infinity. */
const BEYOND_HALF = 65_520;

/** Numbers that f16 cannot hold belong to the cases of f32. */
const isHeld = ({ buffers, kernel }: KernelCase): boolean =>
  Object.entries(buffers).every(
    ([name, data]) => kernel.bindings[name]?.type !== "real" || data.every((value) => Math.abs(value) < BEYOND_HALF),
  );

/** The cases of half precision: some of each kernel that takes f16, with its inputs rounded to f16. */
export function halfCases(cases: readonly KernelCase[]): KernelCase[] {
  const byKernel = new Map<string, KernelCase[]>();
  for (const each of cases) {
    const types = Object.values(each.kernel.bindings).map(({ type }) => type);
    if (!types.includes("real") || !isHeld(each)) continue;
    const group = byKernel.get(each.kernel.name);
    if (group === undefined) byKernel.set(each.kernel.name, [each]);
    else group.push(each);
  }
  return [...byKernel.values()].flatMap((group) => {
    const hasResult = group.some(({ kernel }) => Object.values(kernel.bindings).some(({ type }) => type === "result"));
    const stride = Math.max(1, Math.floor(group.length / CASES_PER_KERNEL));
    const chosen = group.filter((_, i) => i % stride === stride - 1).slice(0, CASES_PER_KERNEL);
    return storages.slice(hasResult ? 0 : 1).flatMap((storage) => chosen.map((each) => stored(each, storage)));
  });
}
