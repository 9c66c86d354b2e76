import type { Tolerance } from "../shaders/cases/tolerance";
import type { Expected } from "./case";
import { isProbe } from "./probes";
import type { Precision } from "./schema";

/** What is compared, by how its rounding behaves. */
type Kind = "logits" | "gradients" | "metrics" | "parameters" | "h_n" | "c_n" | "norms" | "fractions" | "radii";

interface KindTolerance extends Tolerance {
  /** abs is of the largest number that is expected of the tensor, rather than of 1. */
  readonly ofLargest?: boolean;
}

/**
 * How far a quantity may be from PyTorch's: |actual - expected| <= abs + rel * |expected| for each number. docs/verification.md says why.
 * Those of f16 are twice what rounding to f16 in nearly the same places costs PyTorch itself (tests/pytorch/half.py --draws 20).
 */
const tolerances: Readonly<Record<Precision, Readonly<Record<Kind, KindTolerance>>>> = {
  f32: {
    logits: { abs: 2e-5, rel: 2e-4 },
    gradients: { abs: 2e-5, rel: 2e-4 },
    metrics: { abs: 2e-5, rel: 2e-4 },
    parameters: { abs: 2e-5, rel: 1e-3 },
    h_n: { abs: 2e-5, rel: 1e-3 },
    c_n: { abs: 2e-5, rel: 1e-3 },
    norms: { abs: 1e-7, rel: 2e-4 },
    // Counts, divided: a number that is not close to a limit is on the same side of it.
    fractions: { abs: 1e-6, rel: 0 },
    // A power iteration comes as close as it does, and each of its steps rounds.
    radii: { abs: 1e-4, rel: 1e-3 },
  },
  f16: {
    logits: { abs: 3.4e-3, rel: 3.4e-3 },
    gradients: { abs: 4.8e-3, rel: 4.8e-3, ofLargest: true },
    metrics: { abs: 2.8e-3, rel: 2.8e-3 },
    parameters: { abs: 2.2e-3, rel: 2.2e-3 },
    h_n: { abs: 2.8e-2, rel: 2.8e-2 },
    c_n: { abs: 1.2e-2, rel: 1.2e-2 },
    norms: { abs: 4.8e-3, rel: 4.8e-3, ofLargest: true },
    fractions: { abs: 1e-2, rel: 0 },
    radii: { abs: 1e-4, rel: 1e-3 },
  },
};

function kindOf(quantity: string): Kind {
  if (quantity === "logits" || quantity === "h_n" || quantity === "c_n") return quantity;
  if (quantity === "loss" || quantity === "grad_norm") return "metrics";
  if (quantity.startsWith("probe.hidden")) return "metrics";
  if (quantity === "probe.saturation") return "fractions";
  if (quantity === "probe.spectral_radius") return "radii";
  if (isProbe(quantity)) return "norms";
  return quantity.startsWith("grad.") ? "gradients" : "parameters";
}

/** The tolerance of a quantity that a case does not override. */
export function defaultToleranceOf({ name, values }: Expected, precision: Precision): Tolerance {
  const { abs, rel, ofLargest } = tolerances[precision][kindOf(name)];
  if (ofLargest !== true) return { abs, rel };
  return { abs: abs * values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0), rel };
}
