import { ceilDiv, defineKernel, type FloatArray } from "./kernel";
import wgsl from "./spectral_probe.wgsl?raw";

/** Vectors that each gate's iteration works on, the first of which is kept. */
export const SPECTRAL_VECTORS = 3;

const PARALLEL = 1e-6;
const FITS = 4e-4;
const TINY = 1e-30;

const dot = (values: FloatArray, a: number, b: number, count: number): number => {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += values[a + i]! * values[b + i]!;
  return sum;
};

/** See the WGSL: p, q and r are cosines between the last three vectors, older and newer the last two lengths, mean that of all. */
function radiusOf(p: number, q: number, r: number, older: number, newer: number, mean: number): number {
  const sine = 1 - p * p;
  if (sine < PARALLEL) return newer;
  const alpha = (q - p * r) / sine;
  const beta = (r - p * q) / sine;
  if (1 - alpha * q - beta * r > FITS) return mean;
  const a = alpha * newer;
  const b = beta * older * newer;
  const discriminant = a * a + 4 * b;
  return discriminant < 0 ? Math.sqrt(-b) : 0.5 * (Math.abs(a) + Math.sqrt(discriminant));
}

/** The spectral radius of each gate's recurrent matrix, by power iteration that goes on from call to call. At least two iterations. */
export const spectralProbe = defineKernel({
  name: "spectral_probe",
  wgsl,
  bindings: {
    weight_hh: { type: "f32", access: "read", shape: "[G*H, H]" },
    vectors: { type: "f32", access: "read_write", shape: "[L, G, 3, H]" },
    probe_state: { type: "u32", access: "read", shape: "[4]" },
    probes: { type: "f32", access: "read_write", shape: "[capacity, width]" },
  },
  scalars: {
    hidden_size: "u32",
    gates: "u32",
    iterations: "u32",
    vector_offset: "u32",
    capacity: "u32",
    width: "u32",
    offset: "u32",
  },
  workgroups: ({ gates }) => [gates, 1, 1],
  constants: ({ hidden_size: size }) => ({ THREADS: Math.min(256, 32 * ceilDiv(size, 64)) }),
  twin({ weight_hh: weight, vectors, probe_state: probeState, probes }, s) {
    const { hidden_size: size, iterations } = s;
    for (let gate = 0; gate < s.gates; gate++) {
      const home = s.vector_offset + SPECTRAL_VECTORS * gate * size;
      const slot = (k: number): number => home + (k % SPECTRAL_VECTORS) * size;
      let [older, newer, logs, isSpoilt] = [0, 0, 0, false];
      for (let k = 0; k < iterations; k++) {
        const [from, to] = [slot(k), slot(k + 1)];
        const y = new Float64Array(size);
        for (let i = 0; i < size; i++) {
          const x = vectors[from + i]!;
          const row = (gate * size + i) * size;
          for (let j = 0; j < size; j++) y[j]! += weight[row + j]! * x;
        }
        const n = Math.sqrt(y.reduce((sum, value) => sum + value * value, 0));
        isSpoilt = !Number.isFinite(n) || n < TINY;
        for (let j = 0; j < size; j++) vectors[to + j] = isSpoilt ? vectors[from + j]! : y[j]! / n;
        [older, newer] = [newer, n];
        logs += Math.log(Math.max(n, TINY));
      }
      const [oldest, middle, last] = [slot(iterations + 1), slot(iterations + 2), slot(iterations)];
      const [p, q, r] = [dot(vectors, oldest, middle, size), dot(vectors, middle, last, size), dot(vectors, oldest, last, size)];
      vectors.copyWithin(home, last, last + size);
      const at = (probeState[0]! % s.capacity) * s.width + s.offset + gate;
      probes[at] = isSpoilt ? newer : radiusOf(p, q, r, older, newer, Math.exp(logs / iterations));
    }
  },
});
