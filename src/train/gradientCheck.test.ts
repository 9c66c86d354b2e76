import { expect, it } from "vitest";
import { cells } from "../config";
import { createCpuExecutor } from "../cpu/cpuExecutor";
import { INITIAL_LOSS_SCALE } from "../model/lossScaling";
import { Interpreter } from "../plan/interpreter";
import { unscale } from "../shaders/loss_scaling";
import { checkedNets, checkGradients, HALF_GRADIENT_TOLERANCE } from "./gradientCheck";
import { gradientNet } from "./gradientNet";

it("checks one network more where half precision is asked for", async () => {
  const started: string[] = [];
  const reports = await checkGradients(() => createCpuExecutor({ emulateHalf: true }), {
    half: true,
    onStart: ({ name }) => started.push(name),
  });
  expect(reports.map(({ failure }) => failure ?? "")).toEqual(started.map(() => ""));
  expect(started).toEqual([...cells, "lstm (f16)"]);
  expect(checkedNets(false).map(({ name }) => name)).toEqual([...cells]);
  const mixed = reports.at(-1);
  expect(mixed).toMatchObject({ precision: "f16", passed: true, tolerance: HALF_GRADIENT_TOLERANCE });
  expect(Math.max(mixed?.worst ?? 1, mixed?.slopeError ?? 1)).toBeLessThan(HALF_GRADIENT_TOLERANCE / 4);
});

it("says of a device without half precision that this network cannot run", async () => {
  const reports = await checkGradients(createCpuExecutor, { half: true });
  expect(reports.map(({ passed }) => passed)).toEqual([...cells.map(() => true), false]);
  expect(reports.at(-1)?.failure).toMatch(/half precision needs WebGPU/);
});

it("scales the loss on the way and gives the gradient of the same network in f32", () => {
  const gradientOf = (precision: "f32" | "f16") => {
    const net = gradientNet("lstm", precision);
    const machine = new Interpreter(net.program);
    for (const [tensor, data] of net.inputs) machine.view(tensor).set(data);
    machine.run(net.loss);
    const scaled: number[] = [];
    for (const call of net.calls.slice(net.loss.calls.length)) {
      if (call.calls[0]?.kernel.name === unscale.name) scaled.push(...machine.view(net.parameters.gradients.whole));
      machine.run(call);
    }
    return { net, scaled, gradient: [...machine.view(net.parameters.gradients.whole)] };
  };
  const single = gradientOf("f32");
  const mixed = gradientOf("f16");
  expect(single.scaled).toEqual([]);
  expect(mixed.scaled).toEqual(mixed.gradient.map((value) => value * INITIAL_LOSS_SCALE));
  const size = Math.max(...single.gradient.map(Math.abs));
  // Its inputs and weights are rounded to f16, nothing else in f64.
  for (const [i, value] of mixed.gradient.entries()) expect(Math.abs(value - single.gradient[i]!)).toBeLessThan(2e-3 * size);
});
