import { roundToHalf } from "../half";
import type { ElementType, FloatArray } from "../kernel";
import { elementType, type KernelCase, variantName } from "./case";
import { agrees, defaultTolerance, type Tolerance } from "./tolerance";

export type CaseBuffers = Readonly<Record<string, FloatArray | Uint32Array>>;

export interface Comparison {
  /** Largest |device - twin| / (abs + rel * |twin|): 1 is the tolerance. Infinite where a comparison has no size. */
  readonly worst: number;
  /** The first element that differs too much, for people; absent if none does. */
  readonly failure?: string;
}

/** The oracle: the case's twin in f64, on copies of its buffers. */
export function runTwin({ kernel, scalars, buffers }: KernelCase): CaseBuffers {
  const copies: [string, FloatArray | Uint32Array][] = Object.entries(buffers).map(([name, data]) => [
    name,
    data instanceof Float32Array ? Float64Array.from(data) : data.slice(),
  ]);
  const result = Object.fromEntries(copies);
  kernel.twin(result, scalars);
  return result;
}

/** Compares every buffer that the kernel may write, in full. */
export function compareCase(each: KernelCase, actual: CaseBuffers, expected: CaseBuffers): Comparison {
  const { kernel, label, storage, tolerance } = each;
  let worst = 0;
  let failure: string | undefined;
  for (const [name, spec] of Object.entries(kernel.bindings)) {
    if (spec.access !== "read_write") continue;
    const type = elementType(spec.type, storage);
    const allowed = type === "u32" ? defaultTolerance.u32 : (tolerance ?? defaultTolerance[type]);
    const got = actual[name];
    const want = expected[name];
    if (got === undefined || want === undefined) throw new RangeError(`no result for ${name}`);
    for (let i = 0; i < want.length; i++) {
      const oracle = inRange(want[i]!, type);
      worst = Math.max(worst, ratio(got[i]!, oracle, allowed));
      if (failure !== undefined || agrees(got[i]!, oracle, allowed)) continue;
      failure = `${variantName(each)}, case "${label}": ${name}[${i}] is ${got[i]}, and should be ${oracle}`;
    }
  }
  return { worst, ...(failure === undefined ? {} : { failure }) };
}

/** What the oracle's number is as the stored type: beyond its range an infinity. */
export function inRange(value: number, type: ElementType): number {
  if (type === "u32") return value;
  const stored = type === "f16" ? roundToHalf(value) : Math.fround(value);
  return Number.isFinite(stored) ? value : stored;
}

function ratio(actual: number, expected: number, { abs, rel }: Tolerance): number {
  if (Object.is(actual, expected) || actual === expected) return 0;
  const scaled = Math.abs(actual - expected) / (abs + rel * Math.abs(expected));
  return Number.isNaN(scaled) ? Number.POSITIVE_INFINITY : scaled;
}
