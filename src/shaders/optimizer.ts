import { clipKinds, controlIndex, hyperIndex } from "./gradient_norm";
import { ceilDiv, defineKernel, type FloatArray } from "./kernel";
import wgsl from "./optimizer.wgsl?raw";
import { stridedWorkgroups } from "./strided";

const workgroups = ({ count }: { readonly count: number }) => stridedWorkgroups(ceilDiv(count, 2), 256);

/** The gradient as the optimizer sees it, after clipping. */
function clipping(hyper: FloatArray, control: FloatArray): (g: number) => number {
  const max = hyper[hyperIndex.clipMax]!;
  const factor = control[controlIndex.factor]!;
  switch (hyper[hyperIndex.clipKind]) {
    case clipKinds.norm:
      return (g) => g * factor;
    case clipKinds.value:
      return (g) => Math.min(Math.max(g, -max), max);
    default:
      return (g) => g;
  }
}

/** torch.optim.SGD: L2 weight decay, momentum without dampening. Changes nothing if the gradient is not finite. */
export const sgd = defineKernel({
  name: "sgd",
  wgsl,
  bindings: {
    params: { type: "f32", access: "read_write", shape: "[N]" },
    gradients: { type: "f32", access: "read", shape: "[N]" },
    momentum: { type: "f32", access: "read_write", shape: "[N]" },
    hyper: { type: "f32", access: "read", shape: "[16]" },
    control: { type: "f32", access: "read", shape: "[8]" },
  },
  scalars: { count: "u32" },
  workgroups,
  twin({ params, gradients, momentum, hyper, control }, { count }) {
    if (control[controlIndex.finite] === 0) return;
    const lr = hyper[hyperIndex.lr]!;
    const weightDecay = hyper[hyperIndex.weightDecay]!;
    const mu = hyper[hyperIndex.momentum]!;
    const clip = clipping(hyper, control);
    for (let i = 0; i < count; i++) {
      const p = params[i]!;
      const buf = mu * momentum[i]! + clip(gradients[i]!) + weightDecay * p;
      momentum[i] = buf;
      params[i] = p - lr * buf;
    }
  },
});

/** torch.optim.Adam, or AdamW with `decoupled`. Changes nothing if the gradient is not finite. */
export const adam = defineKernel({
  name: "adam",
  wgsl,
  bindings: {
    params: { type: "f32", access: "read_write", shape: "[N]" },
    gradients: { type: "f32", access: "read", shape: "[N]" },
    moment1: { type: "f32", access: "read_write", shape: "[N]" },
    moment2: { type: "f32", access: "read_write", shape: "[N]" },
    hyper: { type: "f32", access: "read", shape: "[16]" },
    control: { type: "f32", access: "read", shape: "[8]" },
  },
  scalars: { count: "u32", decoupled: "u32" },
  workgroups,
  twin({ params, gradients, moment1, moment2, hyper, control }, { count, decoupled }) {
    if (control[controlIndex.finite] === 0) return;
    const lr = hyper[hyperIndex.lr]!;
    const weightDecay = hyper[hyperIndex.weightDecay]!;
    const decayIntoGradient = decoupled !== 0 ? 0 : weightDecay;
    const shrink = decoupled !== 0 ? 1 - lr * weightDecay : 1;
    const stepSize = lr / control[controlIndex.biasCorrection1]!;
    const rootCorrection2 = Math.sqrt(control[controlIndex.biasCorrection2]!);
    const clip = clipping(hyper, control);
    for (let i = 0; i < count; i++) {
      const p = params[i]!;
      const g = clip(gradients[i]!) + decayIntoGradient * p;
      const m = hyper[hyperIndex.beta1]! * moment1[i]! + hyper[hyperIndex.oneMinusBeta1]! * g;
      const v = hyper[hyperIndex.beta2]! * moment2[i]! + hyper[hyperIndex.oneMinusBeta2]! * g * g;
      moment1[i] = m;
      moment2[i] = v;
      params[i] = p * shrink - (stepSize * m) / (Math.sqrt(v) / rootCorrection2 + hyper[hyperIndex.eps]!);
    }
  },
});
