import { describe, expect, it } from "vitest";
import { bestBuild, compile, instantiate } from "./load";

// Node 20 accepts the relaxed build only once the best one has been asked for.
bestBuild();

const X = 65_536;
const COUNT = 40_000;
const OUT = X + COUNT * 4;

/** Both signs, dense around 0, over [-20, 20], and far beyond. */
function inputs(): Float32Array {
  return Float32Array.from({ length: COUNT }, (_, i) => {
    const fraction = (i >> 1) / (COUNT / 2);
    const sign = i % 2 === 0 ? 1 : -1;
    if (i < 20_000) return sign * 40 * fraction;
    return sign * 10 ** (-30 + 60 * (fraction - 0.5) * 2);
  });
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

describe.each(["plain", "relaxed"] as const)("%s WebAssembly", (build) => {
  async function map(name: string, values: Float32Array): Promise<Float32Array> {
    const memory = new WebAssembly.Memory({ initial: 8, maximum: 8 });
    const functions = instantiate(await compile(build), memory, [name]);
    new Float32Array(memory.buffer, X, COUNT).set(values);
    functions.get(name)?.(X, OUT, COUNT);
    return new Float32Array(memory.buffer, OUT, values.length).slice();
  }

  async function worst(name: string, exact: (x: number) => number, within: (x: number) => boolean): Promise<number> {
    const x = inputs();
    const y = await map(name, x);
    return x.reduce((most, each, i) => (within(each) ? Math.max(most, Math.abs(y[i]! / exact(each) - 1)) : most), 0);
  }

  it("tanh is within 2e-7 of Math.tanh, relatively", async () => {
    expect(await worst("map_tanh", Math.tanh, (x) => x !== 0)).toBeLessThan(2e-7);
  });

  it("the logistic function is within 3e-7, relatively", async () => {
    expect(await worst("map_sigmoid", sigmoid, (x) => x > -87)).toBeLessThan(3e-7);
  });

  it("exp is within 2e-7, relatively", async () => {
    expect(await worst("map_exp", Math.exp, (x) => x > -87 && x < 88)).toBeLessThan(2e-7);
  });

  it("extremes stay finite, zeros keep their sign, not-a-number stays", async () => {
    const x = Float32Array.of(Infinity, -Infinity, NaN, -0, 0, 3e38, -3e38, 1e-45);
    expect(await map("map_tanh", x)).toEqual(Float32Array.of(1, -1, NaN, -0, 0, 1, -1, 1e-45));
    const logistic = await map("map_sigmoid", x);
    expect(logistic[1]).toBeLessThan(1e-37);
    logistic[1] = 0;
    logistic[6] = 0;
    expect(logistic).toEqual(Float32Array.of(1, 0, NaN, 0.5, 0.5, 1, 0, 0.5));
    const powers = await map("map_exp", x);
    expect(powers[0]).toBeGreaterThan(1e38);
    expect(powers[1]).toBeLessThan(1e-37);
    expect(powers.slice(2, 5)).toEqual(Float32Array.of(NaN, 1, 1));
  });
});

it("takes the relaxed build where the engine has it", () => {
  expect(bestBuild()).toBe("relaxed");
});

it("refuses a module that lacks a function", async () => {
  const module = await compile("plain");
  const memory = new WebAssembly.Memory({ initial: 2, maximum: 2 });
  expect(() => instantiate(module, memory, ["matmul_nn", "no_such_kernel"])).toThrow("no function no_such_kernel");
});
