import type { FloatType, FormNeed } from "./kernel";
import rounding from "./storage_half.wgsl?raw";

/** How the tensors of one kernel call lie in memory: the types behind `real` and `result`. */
export interface Storage {
  readonly real: FloatType;
  readonly result: FloatType;
}

/** How a device holds f16: natively (2 bytes), or, for checking without that feature, rounded in the same way but kept in 4 bytes. */
export type HalfForm = "native" | "emulated";

/** WGSL without comments in one line, so that what follows keeps the line numbers of its own file. */
const oneLine = (wgsl: string): string =>
  wgsl
    .split("\n")
    .map((line) => line.replace(/\/\/.*$/, "").trim())
    .filter((line) => line !== "")
    .join(" ");

const preludes: Readonly<Record<HalfForm, string>> = {
  native: `alias half = f16; ${oneLine(rounding)}`,
  emulated: `alias half = f32; ${oneLine(rounding)}`,
};

/** What a device tells of its subgroups. */
export interface Subgroups {
  /** Lanes that a subgroup has at least. */
  readonly minSize: number;
  /** The lanes are those of one CPU thread's vectors, so that each reads what another has stored before, without a barrier. */
  readonly isInStep: boolean;
}

/** What holds on every device. */
export const ANY_SUBGROUPS: Subgroups = { minSize: 4, isInStep: false };

/**
 * A kernel's module as a device gets it: its source after the definitions of `real` and `result`, on the same first line.
 * A form that needs subgroups finds there what is known of them.
 */
export function moduleSource(
  wgsl: string,
  { real, result }: Storage,
  form: HalfForm,
  needs?: FormNeed,
  { minSize, isInStep }: Subgroups = ANY_SUBGROUPS,
): string {
  const usesHalf = real === "f16" || result === "f16";
  const define = (name: string, type: FloatType): string =>
    type === "f16"
      ? `alias ${name} = half; fn to_${name}(x: f32) -> ${name} { return to_half(x); }`
      : `alias ${name} = f32; fn to_${name}(x: f32) -> ${name} { return x; }`;
  const known = `const SUBGROUP_MIN_SIZE = ${minSize}u; const SUBGROUP_IN_STEP = ${isInStep};`;
  const prelude = [
    ...(usesHalf && form === "native" ? ["enable f16;"] : []),
    ...(needs === undefined ? [] : [`enable ${needs}; ${known}`]),
    ...(usesHalf ? [preludes[form]] : []),
    define("real", real),
    define("result", result),
  ];
  return `${prelude.join(" ")} ${wgsl}`;
}
