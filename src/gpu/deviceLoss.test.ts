import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Executor } from "../plan/executor";
import { Program } from "../plan/program";
import { type DawnDevice, openDawn } from "../testing/dawn";
import { type ObservedDevice, observeDevice } from "../testing/observedDevice";
import { slow } from "../testing/tinyKernels";
import { createWebGpuExecutor } from "./webgpuExecutor";

let dawn: DawnDevice;
let observed: ObservedDevice;
let executor: Executor;

const program = new Program();
const data = program.tensor("data", [64]);
const plan = program.plan("slow");
plan.call(slow, { data }, { count: 64, turns: 20_000 });

beforeEach(async () => {
  dawn = await openDawn();
  observed = observeDevice(dawn.device);
  executor = createWebGpuExecutor(observed.device, dawn.facts, { targetMs: 4 });
  await executor.load(program);
});
afterEach(() => {
  executor.destroy();
  dawn.close();
});

const codes = (promises: readonly Promise<unknown>[]) =>
  Promise.all(
    promises.map((promise) =>
      promise.then(
        () => "resolved",
        (error: unknown) => Object(error).code ?? String(error),
      ),
    ),
  );

describe("a lost device", () => {
  it("resolves lost with a sentence and rejects what is pending and what comes later", async () => {
    const pending = [executor.submit(plan, 1_000_000), executor.read(data), executor.drain()];
    setTimeout(() => observed.lose("driver reset"), 20);
    expect(await codes(pending)).toEqual(["device-lost", "device-lost", "device-lost"]);
    const message = "The connection to the GPU was lost. The browser's message: driver reset";
    expect(await executor.lost).toBe(message);
    expect(await codes([executor.submit(plan, 1), executor.read(data), executor.drain()])).toEqual([
      "device-lost",
      "device-lost",
      "device-lost",
    ]);
    expect(() => executor.write(data, new Float32Array(1))).toThrow(message);
    expect(() => executor.clear(data)).toThrow(message);
    expect(() => executor.poll(data, () => {})).toThrow(message);
    expect(() => executor.msPerReplay(plan)).toThrow(message);
  });

  it("rejects as well when someone destroys the device, but lost stays silent", async () => {
    const pending = [executor.submit(plan, 1_000_000), executor.read(data)];
    setTimeout(() => dawn.device.destroy(), 20);
    expect(await codes(pending)).toEqual(["device-lost", "device-lost"]);
    const silent = new Promise((resolve) => setTimeout(() => resolve("silent"), 50));
    expect(await Promise.race([executor.lost, silent])).toBe("silent");
  });

  it("rejects a load", async () => {
    const late = createWebGpuExecutor(observed.device, dawn.facts);
    observed.lose("unplugged");
    expect(await codes([late.load(program)])).toEqual(["device-lost"]);
    late.destroy();
  });
});

describe("destroy", () => {
  it("rejects what is pending and what comes later, leaves lost silent and the device alive", async () => {
    const pending = [executor.submit(plan, 1_000_000), executor.read(data)];
    await new Promise((resolve) => setTimeout(resolve, 20));
    executor.destroy();
    executor.destroy();
    expect(await codes(pending)).toEqual(["internal", "internal"]);
    await expect(executor.submit(plan, 1)).rejects.toThrow("The executor has been destroyed.");
    const silent = new Promise((resolve) => setTimeout(() => resolve("silent"), 20));
    expect(await Promise.race([executor.lost, silent])).toBe("silent");
    const next = createWebGpuExecutor(observed.device, dawn.facts);
    await next.load(program);
    expect((await next.read(data))[0]).toBe(0);
    next.destroy();
  });
});

describe("while training", () => {
  it("creates nothing but command encoders, and bounds what is in flight", async () => {
    await executor.submit(plan, 1);
    await executor.drain();
    const before = new Map(observed.calls);
    observed.pending.most = 0;
    await executor.submit(plan, 100);
    const grown = [...observed.calls].filter(([method, count]) => count > (before.get(method) ?? 0)).map(([method]) => method);
    expect(grown.sort()).toEqual(["createCommandEncoder", "queue.submit"]);
    expect(observed.pending.most).toBeGreaterThan(0);
    expect(observed.pending.most).toBeLessThanOrEqual(2);
  });

  it("reports an error that nobody was waiting for at the next call, once", async () => {
    dawn.device.createBuffer({ size: 4, usage: 0xffff });
    await new Promise((resolve) => setTimeout(resolve, 50));
    await expect(executor.submit(plan, 1)).rejects.toThrow(/^The GPU reported an error: /);
    await executor.submit(plan, 1);
    await executor.drain();
  });
});
