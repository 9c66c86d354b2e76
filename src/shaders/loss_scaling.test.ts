import { expect, it } from "vitest";
import { CONTROL_LENGTH, COUNTERS_LENGTH, controlIndex, counterIndex, METRICS_PER_STEP, metricIndex } from "./gradient_norm";
import { updateScale } from "./loss_scaling";

it("keeps the scale and the count of good steps that PyTorch's GradScaler keeps", () => {
  // torch._amp_update_scale_ with growth 2, backoff 0.5 and interval 3, PyTorch 2.13.0: [infinite gradient, scale, good steps].
  const reference = [
    [0, 1024, 1],
    [0, 1024, 2],
    [0, 2048, 0],
    [0, 2048, 1],
    [1, 1024, 0],
    [0, 1024, 1],
    [0, 1024, 2],
    [1, 512, 0],
    [1, 256, 0],
    [0, 256, 1],
    [0, 256, 2],
    [0, 512, 0],
    [0, 512, 1],
    [0, 512, 2],
    [0, 1024, 0],
    [1, 512, 0],
  ] as const;
  const control = new Float64Array(CONTROL_LENGTH);
  const counters = new Uint32Array(COUNTERS_LENGTH);
  const metrics = new Float64Array(METRICS_PER_STEP * reference.length);
  const counts = Uint32Array.of(3, 2);
  const reach = Float64Array.of(0, 1, 1);
  control[controlIndex.lossScale] = 1024;
  let inUse = 1024;
  let skipped = 0;
  for (const [step, [infinite, scale, good]] of reference.entries()) {
    counters[counterIndex.step] = step + 1;
    control[controlIndex.finite] = 1 - infinite;
    updateScale.twin(
      { counts, reach, control, counters, metrics },
      { blocks: 2, steps: 3, counted_per_step: 10, growth_interval: 3, capacity: reference.length },
    );
    skipped += infinite;
    expect([control[controlIndex.lossScale], counters[counterIndex.good]]).toEqual([scale, good]);
    const row = metrics.subarray(step * METRICS_PER_STEP, (step + 1) * METRICS_PER_STEP);
    expect([row[metricIndex.lossScale], row[metricIndex.skipped], row[metricIndex.underflow]]).toEqual([inUse, skipped, 0.25]);
    inUse = scale;
  }
});
