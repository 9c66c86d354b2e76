import { clipKinds, counterIndex, hyperIndex } from "./gradient_norm";
import { ceilDiv, defineKernel } from "./kernel";
import wgsl from "./parameter_probe.wgsl?raw";
import { stridedWorkgroups } from "./strided";

/** Rows of partials that each parameter has, and numbers in a row. */
export const PARAMETER_BLOCKS = 32;
export const PARAMETER_SUMS = 5;
/** Norms of each parameter in a row of probes: gradient, value, update. */
export const PARAMETER_COLUMNS = 3;

/** In how many blocks to sum a parameter of `count` numbers. */
export const parameterBlocks = (count: number): number => Math.min(ceilDiv(count, 4096), PARAMETER_BLOCKS);

/** Copies the parameters before the optimizer changes them. */
export const keepValues = defineKernel({
  name: "keep_values",
  wgsl,
  bindings: {
    source: { type: "f32", access: "read", shape: "[N]" },
    kept: { type: "f32", access: "read_write", shape: "[N]" },
  },
  scalars: { count: "u32" },
  workgroups: ({ count }) => stridedWorkgroups(count, 64),
  twin({ source, kept }, { count }) {
    kept.set(source.subarray(0, count));
  },
});

/** Sums of squares over blocks of one parameter, after the optimizer's step. */
export const parameterProbe = defineKernel({
  name: "parameter_probe",
  wgsl,
  bindings: {
    gradients: { type: "f32", access: "read", shape: "[N]" },
    values: { type: "f32", access: "read", shape: "[N]" },
    kept: { type: "f32", access: "read", shape: "[N]" },
    hyper: { type: "f32", access: "read", shape: "[16]" },
    partials: { type: "f32", access: "read_write", shape: "[P*32, 5]" },
  },
  scalars: { count: "u32", blocks: "u32", first: "u32" },
  workgroups: ({ blocks }) => [blocks, 1, 1],
  twin({ gradients, values, kept, hyper, partials }, { count, blocks, first }) {
    const perBlock = ceilDiv(count, blocks);
    const limit = hyper[hyperIndex.clipKind] === clipKinds.value ? hyper[hyperIndex.clipMax]! : Number.POSITIVE_INFINITY;
    partials.fill(0, PARAMETER_SUMS * first, PARAMETER_SUMS * (first + PARAMETER_BLOCKS));
    for (let block = 0; block < blocks; block++) {
      const end = Math.min((block + 1) * perBlock, count);
      let [gg, ww, uu, cc, gc] = [0, 0, 0, 0, 0];
      for (let i = block * perBlock; i < end; i++) {
        const g = gradients[i]!;
        const w = values[i]!;
        const u = w - kept[i]!;
        const c = Math.min(Math.max(g, -limit), limit);
        gg += g * g;
        ww += w * w;
        uu += u * u;
        cc += c * c;
        gc += g * c;
      }
      partials.set([gg, ww, uu, cc, gc], PARAMETER_SUMS * (first + block));
    }
  },
});

/** Every parameter's norms and the row's head; then the next row begins. */
export const probeFinalize = defineKernel({
  name: "probe_finalize",
  wgsl,
  bindings: {
    partials: { type: "f32", access: "read", shape: "[P*32, 5]" },
    hyper: { type: "f32", access: "read", shape: "[16]" },
    counters: { type: "u32", access: "read", shape: "[8]" },
    probe_state: { type: "u32", access: "read_write", shape: "[4]" },
    probes: { type: "f32", access: "read_write", shape: "[capacity, width]" },
  },
  scalars: { parameters: "u32", has_horizon: "u32", capacity: "u32", width: "u32", offset: "u32" },
  workgroups: () => [1, 1, 1],
  twin({ partials, hyper, counters, probe_state: probeState, probes }, { parameters, has_horizon: hasHorizon, capacity, width, offset }) {
    const row = (probeState[0]! % capacity) * width;
    let [gg, cc, gc] = [0, 0, 0];
    for (let p = 0; p < parameters; p++) {
      const sums = [0, 0, 0, 0, 0];
      for (let i = 0; i < PARAMETER_BLOCKS * PARAMETER_SUMS; i++) {
        sums[i % PARAMETER_SUMS]! += partials[p * PARAMETER_BLOCKS * PARAMETER_SUMS + i]!;
      }
      const at = row + offset + PARAMETER_COLUMNS * p;
      for (let column = 0; column < PARAMETER_COLUMNS; column++) probes[at + column] = Math.sqrt(sums[column]!);
      gg += sums[0]!;
      cc += sums[3]!;
      gc += sums[4]!;
    }
    const both = Math.sqrt(gg) * Math.sqrt(cc);
    probes[row] = counters[counterIndex.step]!;
    probes[row + 1] = hasHorizon;
    probes[row + 2] = hyper[hyperIndex.clipKind] === clipKinds.value && both !== 0 ? gc / both : 1;
    probeState[0] = probeState[0]! + 1;
  },
});
