import type { FloatType } from "./kernel";
import emulated from "./storage_emulated.wgsl?raw";
import half from "./storage_f16.wgsl?raw";
import single from "./storage_f32.wgsl?raw";

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

const preludes: Readonly<Record<"f32" | HalfForm, string>> = {
  f32: oneLine(single),
  native: oneLine(half),
  emulated: oneLine(emulated),
};

/** A kernel's module as a device gets it: its source after the definitions of `real` and `result`, on the same first line. */
export function moduleSource(wgsl: string, { real, result }: Storage, half: HalfForm): string {
  const usesHalf = real === "f16" || result === "f16";
  const stored = (type: FloatType): string => (type === "f16" && half === "native" ? "f16" : "f32");
  const rounding = (name: string, type: FloatType): string =>
    `alias ${name} = ${stored(type)}; fn to_${name}(x: f32) -> ${name} { return ${type === "f16" ? "to_half(x)" : "x"}; }`;
  const prelude = preludes[usesHalf ? half : "f32"];
  return [prelude, rounding("real", real), rounding("result", result), wgsl].filter((part) => part !== "").join(" ");
}
