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

/** A kernel's module as a device gets it: its source after the definitions of `real` and `result`, on the same first line. */
export function moduleSource(wgsl: string, { real, result }: Storage, form: HalfForm, needs?: FormNeed): string {
  const usesHalf = real === "f16" || result === "f16";
  const define = (name: string, type: FloatType): string =>
    type === "f16"
      ? `alias ${name} = half; fn to_${name}(x: f32) -> ${name} { return to_half(x); }`
      : `alias ${name} = f32; fn to_${name}(x: f32) -> ${name} { return x; }`;
  const enables = [...(usesHalf && form === "native" ? ["f16"] : []), ...(needs === undefined ? [] : [needs])];
  return `${enables.map((name) => `enable ${name}; `).join("")}${usesHalf ? `${preludes[form]} ` : ""}${define("real", real)} ${define("result", result)} ${wgsl}`;
}
