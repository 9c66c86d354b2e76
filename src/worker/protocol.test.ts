import { expect, test } from "vitest";
import { METRICS_PER_STEP, metricIndex } from "../shaders/gradient_norm";
import { METRIC_COLUMNS, metricColumns } from "./protocol";

test("the page reads a row of metrics as the kernel writes it", () => {
  const page = {
    step: "step",
    loss: "loss",
    accuracy: "accuracy",
    gradNorm: "norm",
    gradNormClipped: "normAfter",
    clipped: "clipped",
    gradLargest: "largest",
    lossScale: "lossScale",
    skippedSteps: "skipped",
    underflow: "underflow",
  } as const;
  expect(METRIC_COLUMNS).toBe(METRICS_PER_STEP);
  for (const [i, column] of metricColumns.entries()) expect(metricIndex[page[column]]).toBe(i);
});
