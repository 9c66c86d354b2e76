import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Executor } from "../plan/executor";
import { Program } from "../plan/program";
import { allCases } from "../shaders/cases/all";
import { elementType, type KernelCase, kernelCase, randomFloats } from "../shaders/cases/case";
import { type CaseBuffers, compareCase, runTwin } from "../shaders/cases/compare";
import { matmulNn, matmulNt, matmulTn } from "../shaders/matmul";
import { createCpuExecutor } from "./cpuExecutor";
import { natives } from "./natives";
import { bestBuild, type WasmBuild } from "./wasm/load";

// Node 20 accepts the relaxed build only once the best one has been asked for.
bestBuild();

/** Sizes on both sides of the product's tiles (4 x 8), row blocks (64), column blocks (256) and depth blocks (256). */
const products = [
  [1, 37, 33],
  [2, 1, 7],
  [3, 70, 259],
  [4, 8, 4],
  [5, 9, 1],
  [7, 257, 6],
  [64, 3, 256],
  [66, 255, 257],
  [67, 300, 515],
] as const;

function productCases(): KernelCase[] {
  return products.flatMap(([m, n, k], i) =>
    [matmulNn, matmulNt, matmulTn].map((kernel, form) => {
      const accumulate = (i + form) % 2;
      const hasBias = (i + form) % 3 === 0 ? 0 : 1;
      const lda = (form === 2 ? m : k) + (i % 3);
      const ldb = (form === 1 ? k : n) + (i % 2);
      const ldc = n + (i % 4);
      return kernelCase(
        kernel,
        `blocks ${m}x${n}x${k}`,
        { m, n, k, lda, ldb, ldc, a_offset: i, b_offset: 3, c_offset: 5, has_bias: hasBias, accumulate },
        {
          a: randomFloats(i, i + lda * (form === 2 ? k : m)),
          b: randomFloats(i + 20, 3 + ldb * (form === 1 ? n : k)),
          bias: randomFloats(i + 40, n),
          c: randomFloats(i + 60, 5 + ldc * m + 9),
        },
      );
    }),
  );
}

const cases = [...allCases(), ...productCases()];
const expected = new Map(cases.map((each) => [each, runTwin(each)]));
const kernelNames = [...new Set(cases.map(({ kernel }) => kernel.name))].toSorted();

/** Runs all cases in one memory and reads only then, so that a store that strays into another case's tensors is seen too. */
async function runAll(executor: Executor): Promise<Map<KernelCase, CaseBuffers>> {
  const program = new Program();
  const recorded = cases.map((each, i) => {
    const tensors = Object.entries(each.kernel.bindings).map(([name, { type }]) => {
      const data = each.buffers[name];
      if (data === undefined) throw new RangeError(`${each.kernel.name}: the case has no buffer ${name}`);
      return { name, data, tensor: program.tensor(`${i} ${name}`, [data.length], elementType(type, each.storage)) };
    });
    const plan = program.plan(`${i}`);
    plan.call(each.kernel, Object.fromEntries(tensors.map(({ name, tensor }) => [name, tensor])), each.scalars);
    return { each, tensors, plan };
  });
  await executor.load(program);
  for (const { tensors } of recorded) for (const { tensor, data } of tensors) executor.write(tensor, data);
  for (const { plan } of recorded) await executor.submit(plan, 1);
  const results = new Map<KernelCase, CaseBuffers>();
  for (const { each, tensors } of recorded) {
    const read = tensors.map(async ({ name, tensor }) => [name, await executor.read(tensor)] as const);
    results.set(each, Object.fromEntries(await Promise.all(read)));
  }
  return results;
}

it("every native kernel has a case", () => {
  expect([...natives.keys()].filter((name) => !kernelNames.includes(name))).toEqual([]);
});

const builds: readonly WasmBuild[] = ["plain", "relaxed"];
describe.each(builds)("%s WebAssembly", (build) => {
  const executors: Executor[] = [];
  let results: Map<KernelCase, CaseBuffers>;

  /** On several threads every call is cut, however small. */
  async function runOn(threads: number): Promise<Map<KernelCase, CaseBuffers>> {
    const executor = await createCpuExecutor({ build, threads, team: { partWork: 0 } });
    executors.push(executor);
    return runAll(executor);
  }

  beforeAll(async () => {
    results = await runOn(1);
  });
  afterAll(() => {
    for (const executor of executors) executor.destroy();
  });

  it.each(kernelNames)("%s equals its twin", (name) => {
    const failures = cases
      .filter(({ kernel }) => kernel.name === name)
      .flatMap((each) => compareCase(each, results.get(each) ?? {}, expected.get(each) ?? {}).failure ?? []);
    expect(failures).toEqual([]);
  });

  it.each([2, 3])("gives the same bits on %i threads", async (threads) => {
    const others = await runOn(threads);
    const different = cases.flatMap((each) =>
      Object.keys(each.kernel.bindings)
        .filter((binding) => !sameBits(results.get(each)?.[binding], others.get(each)?.[binding]))
        .map((binding) => `${each.kernel.name}, case "${each.label}": ${binding}`),
    );
    expect(different).toEqual([]);
  });

  it("leaves the tensors that a kernel only reads as they are", () => {
    const changed = cases.flatMap((each) =>
      Object.entries(each.kernel.bindings)
        .filter(([binding, { access }]) => access === "read" && !sameBits(results.get(each)?.[binding], each.buffers[binding]))
        .map(([binding]) => `${each.kernel.name}, case "${each.label}": ${binding}`),
    );
    expect(changed).toEqual([]);
  });
});

function sameBits(a: ArrayBufferView | undefined, b: ArrayBufferView | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  return Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength));
}
