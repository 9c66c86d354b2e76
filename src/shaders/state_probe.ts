import { controlIndex } from "./gradient_norm";
import { defineKernel, type FloatArray } from "./kernel";
import wgsl from "./state_probe.wgsl?raw";

/** u32 `probe_state`: [0] the rows of probes written so far. */
export const PROBE_STATE_LENGTH = 4;
/** Numbers of a time step before those of the gates, which have two each; and of a time step of the horizon. */
export const STATE_COLUMNS = 7;
export const HORIZON_COLUMNS = 3;

const norm = (values: FloatArray, start: number, count: number): number => {
  let sum = 0;
  for (let i = start; i < start + count; i++) sum += values[i]! * values[i]!;
  return Math.sqrt(sum);
};

const bad = (values: FloatArray, start: number, count: number): number => {
  let sum = 0;
  for (let i = start; i < start + count; i++) if (!Number.isFinite(values[i]!)) sum += 1;
  return sum;
};

/** Gradients, activity and saturation of one layer at every time step; see the WGSL for what each number is. */
export const stateProbe = defineKernel({
  name: "state_probe",
  wgsl,
  bindings: {
    gates: { type: "real", access: "read", shape: "[T, B, G*H]" },
    hidden: { type: "real", access: "read", shape: "[T+1, B, H]" },
    d_hidden: { type: "real", access: "read", shape: "[T+1, B, H]" },
    d_cell: { type: "f32", access: "read", shape: "[T+1, B, H]" },
    control: { type: "f32", access: "read", shape: "[8]" },
    probe_state: { type: "u32", access: "read", shape: "[4]" },
    probes: { type: "f32", access: "read_write", shape: "[capacity, width]" },
  },
  scalars: {
    steps: "u32",
    batch: "u32",
    hidden_size: "u32",
    gate_count: "u32",
    gate_offset: "u32",
    tanh_gates: "u32",
    has_cell: "u32",
    scaled: "u32",
    low: "f32",
    high: "f32",
    tanh_limit: "f32",
    capacity: "u32",
    width: "u32",
    offset: "u32",
  },
  workgroups: ({ steps }) => [steps, 1, 1],
  twin({ gates: gateValues, hidden, d_hidden: dHidden, d_cell: dCell, control, probe_state: probeState, probes }, s) {
    const { steps, batch, hidden_size: hiddenSize, gate_count: gates } = s;
    const size = batch * hiddenSize;
    const unscale = s.scaled !== 0 ? 1 / control[controlIndex.lossScale]! : 1;
    const [low, high, tanhLimit] = [Math.fround(s.low), Math.fround(s.high), Math.fround(s.tanh_limit)];
    for (let t = 0; t < steps; t++) {
      const slot = (t + 1) * size;
      const gateSlot = s.gate_offset + t * size * gates;
      const row = (probeState[0]! % s.capacity) * s.width + s.offset + t * (STATE_COLUMNS + 2 * gates);
      let sum = 0;
      for (let i = slot; i < slot + size; i++) sum += hidden[i]!;
      const mean = sum / size;
      let spread = 0;
      for (let i = slot; i < slot + size; i++) spread += (hidden[i]! - mean) ** 2;
      probes[row] = norm(dHidden, slot, size) * unscale;
      probes[row + 1] = norm(dHidden, slot, hiddenSize) * unscale;
      probes[row + 2] = s.has_cell !== 0 ? norm(dCell, slot, size) * unscale : 0;
      probes[row + 3] = mean;
      probes[row + 4] = Math.sqrt(spread / size);
      probes[row + 5] = bad(hidden, slot, size) + bad(gateValues, gateSlot, gates * size);
      probes[row + 6] = bad(dHidden, slot, size) + (s.has_cell !== 0 ? bad(dCell, slot, size) : 0);
      for (let g = 0; g < gates; g++) {
        const isTanh = ((s.tanh_gates >> g) & 1) !== 0;
        const [under, over] = isTanh ? [-tanhLimit, tanhLimit] : [low, high];
        let below = 0;
        let above = 0;
        for (let b = 0; b < batch; b++) {
          const start = gateSlot + (b * gates + g) * hiddenSize;
          for (let i = start; i < start + hiddenSize; i++) {
            const value = gateValues[i]!;
            if (!Number.isFinite(value)) continue;
            if (value < under) below += 1;
            if (value > over) above += 1;
          }
        }
        probes[row + STATE_COLUMNS + 2 * g] = below / size;
        probes[row + STATE_COLUMNS + 2 * g + 1] = above / size;
      }
    }
  },
});

/** Gradients of one layer at every time step, of a loss at the last one alone; see the WGSL for what each number is. */
export const horizonProbe = defineKernel({
  name: "horizon_probe",
  wgsl,
  bindings: {
    d_hidden: { type: "real", access: "read", shape: "[T+1, B, H]" },
    d_cell: { type: "f32", access: "read", shape: "[T+1, B, H]" },
    control: { type: "f32", access: "read", shape: "[8]" },
    probe_state: { type: "u32", access: "read", shape: "[4]" },
    probes: { type: "f32", access: "read_write", shape: "[capacity, width]" },
  },
  scalars: {
    steps: "u32",
    batch: "u32",
    hidden_size: "u32",
    has_cell: "u32",
    scaled: "u32",
    scale_all: "f32",
    scale_one: "f32",
    capacity: "u32",
    width: "u32",
    offset: "u32",
  },
  workgroups: ({ steps }) => [steps, 1, 1],
  twin({ d_hidden: dHidden, d_cell: dCell, control, probe_state: probeState, probes }, s) {
    const { steps, batch, hidden_size: hiddenSize } = s;
    const size = batch * hiddenSize;
    const unscale = s.scaled !== 0 ? 1 / control[controlIndex.lossScale]! : 1;
    for (let t = 0; t < steps; t++) {
      const slot = (t + 1) * size;
      const row = (probeState[0]! % s.capacity) * s.width + s.offset + t * HORIZON_COLUMNS;
      probes[row] = norm(dHidden, slot, size) * s.scale_all * unscale;
      probes[row + 1] = norm(dHidden, slot, hiddenSize) * s.scale_one * unscale;
      probes[row + 2] = s.has_cell !== 0 ? norm(dCell, slot, size) * s.scale_all * unscale : 0;
    }
  },
});
