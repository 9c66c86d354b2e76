import type { Tolerance } from "../shaders/cases/tolerance";
import type { Precision } from "./schema";

/** What is compared: after one forward and backward pass, as one number for each step, or after all steps. */
type Kind = "firstStep" | "perStep" | "parameters" | "states";

/**
 * How far a quantity may be from PyTorch's: |actual - expected| <= abs + rel * |expected| for each number. docs/verification.md says why.
 * Those of f16 are twice what rounding to f16 in the same places costs PyTorch itself (tests/pytorch/half.py --draws 20).
 */
const tolerances: Readonly<Record<Precision, Readonly<Record<Kind, Tolerance>>>> = {
  f32: {
    firstStep: { abs: 2e-5, rel: 2e-4 },
    perStep: { abs: 2e-5, rel: 2e-4 },
    parameters: { abs: 2e-5, rel: 1e-3 },
    states: { abs: 2e-5, rel: 1e-3 },
  },
  f16: {
    firstStep: { abs: 3.4e-3, rel: 3.4e-3 },
    perStep: { abs: 2.8e-3, rel: 2.8e-3 },
    parameters: { abs: 2.2e-3, rel: 2.2e-3 },
    states: { abs: 2.8e-2, rel: 2.8e-2 },
  },
};

function kindOf(quantity: string): Kind {
  if (quantity === "logits" || quantity.startsWith("grad.")) return "firstStep";
  if (quantity === "loss" || quantity === "grad_norm") return "perStep";
  return quantity.startsWith("param.") ? "parameters" : "states";
}

/** The tolerance of a quantity that a case does not override. */
export const defaultToleranceOf = (quantity: string, precision: Precision): Tolerance => tolerances[precision][kindOf(quantity)];
