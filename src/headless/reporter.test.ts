import { describe, expect, it } from "vitest";
import { presetNamed } from "../presets";
import { metricRows } from "../testing/metricRows";
import { Reporter } from "./reporter";

const { config } = presetNamed("copy-memory");
const result = { step: 2, epoch: 0.5, loss: 1.25, accuracy: 0.5, full: false };
const overflow = {
  loss: 2,
  accuracy: 0.25,
  gradNorm: Number.POSITIVE_INFINITY,
  gradLargest: Number.POSITIVE_INFINITY,
  lossScale: 65_536,
  skippedSteps: 1,
  underflow: 0.5,
};
const good = { loss: 1, accuracy: 0.25, gradNorm: 3, gradLargest: 0.5, lossScale: 32_768, skippedSteps: 1, underflow: 0.125 };

function report(precision: "f32" | "f16", json: boolean, steps: Parameters<typeof metricRows>[0]): string[] {
  const printed: string[] = [];
  const reporter = new Reporter({ config: { ...config, precision } }, { json, everyStep: json }, (line) => printed.push(line));
  reporter.metrics(metricRows(steps));
  reporter.validation(result);
  return printed;
}

describe("the report of a run in half precision", () => {
  it("has the loss scale, the steps skipped and the underflow in every line of JSON", () => {
    const [first, second, last] = report("f16", true, [overflow, good]).map((line): unknown => JSON.parse(line));
    expect(first).toEqual({ step: 1, ...overflow, gradNorm: null, gradLargest: null });
    expect(second).toEqual({ step: 2, ...good });
    expect(last).toMatchObject({
      step: 2,
      valLoss: 1.25,
      trainLoss: 1.5,
      gradNorm: 3,
      lossScale: 32_768,
      skippedSteps: 1,
      underflow: 0.125,
    });
  });

  it("has them in the line for people", () => {
    const [line] = report("f16", false, [overflow, good]);
    expect(line).toContain("loss scale 32768  skipped 1  underflow 12.5 %");
    expect(report("f16", false, [overflow])[0]).toContain("gradient norm -");
  });
});

it("the report of a run in f32 has nothing of the kind", () => {
  const single = { loss: 1, accuracy: 0.25, gradNorm: 3, gradLargest: 0.5 };
  const [step, last] = report("f32", true, [single]);
  expect(JSON.parse(step ?? "")).toEqual({ step: 1, ...single });
  expect(last).not.toMatch(/lossScale|skippedSteps|underflow/);
  expect(report("f32", false, [single])[0]).not.toMatch(/loss scale|skipped|underflow/);
});
