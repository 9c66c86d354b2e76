import type { Tolerance } from "../shaders/cases/tolerance";
import type { Precision } from "./schema";

/** What is compared: after one forward and backward pass, as one number for each step, or after all steps. */
type Kind = "firstStep" | "perStep" | "afterAll";

/**
 * How far a quantity may be from PyTorch's: |actual - expected| <= abs + rel * |expected| for each number. docs/verification.md says why.
 */
const tolerances: Readonly<Record<Precision, Readonly<Record<Kind, Tolerance>>>> = {
  f32: {
    firstStep: { abs: 2e-5, rel: 2e-4 },
    perStep: { abs: 2e-5, rel: 2e-4 },
    afterAll: { abs: 2e-5, rel: 1e-3 },
  },
  f16: {
    firstStep: { abs: 2e-3, rel: 2e-2 },
    perStep: { abs: 2e-3, rel: 2e-2 },
    afterAll: { abs: 2e-3, rel: 2e-2 },
  },
};

function kindOf(quantity: string): Kind {
  if (quantity === "logits" || quantity.startsWith("grad.")) return "firstStep";
  return quantity === "loss" || quantity === "grad_norm" ? "perStep" : "afterAll";
}

/** The tolerance of a quantity that a case does not override. */
export const defaultToleranceOf = (quantity: string, precision: Precision): Tolerance => tolerances[precision][kindOf(quantity)];
