import { describe, expect, it, test } from "vitest";
import { createCpuExecutor } from "../cpu/cpuExecutor";
import { floatTensor, toFloats } from "../files/safetensors";
import { ExecutorError } from "../plan/executor";
import { interpretedCase, type MemoryCase, memoryFolder, smallConfig } from "../testing/verifyCase";
import { readCase } from "./case";
import { caseLines, totalLine } from "./report";
import { countQuantities, verifyCase } from "./run";
import type { CaseConfig } from "./schema";

const verify = async (memory: MemoryCase, options = {}) =>
  verifyCase(await readCase(memoryFolder(memory)), () => createCpuExecutor(), options);

const { model } = smallConfig;
const tokens = { inputSize: null, embedding: { vocab: 6, dim: 3 }, head: { outputs: 6, at: "all" } } as const;
const adam = { lr: 0.01, betas: [0.8, 0.95], eps: 1e-8, weightDecay: 0.1 } as const satisfies Partial<CaseConfig["optimizer"]>;

const cases: readonly (readonly [string, CaseConfig, { steps: number; batch: number; initialState: boolean }])[] = [
  ["sgd, last step", smallConfig, { steps: 4, batch: 3, initialState: true }],
  [
    "tokens, carried state, windows",
    {
      ...smallConfig,
      model: { ...model, ...tokens },
      carryState: true,
      bptt: { kind: "fixed", k: 2 },
      optimizer: { kind: "adamw", ...adam },
    },
    { steps: 5, batch: 2, initialState: true },
  ],
  [
    "gru, carried from zeros, clipped by value",
    {
      ...smallConfig,
      model: { ...model, cell: "gru" },
      carryState: true,
      clip: { kind: "value", max: 0.01 },
      optimizer: { kind: "adam", ...adam },
    },
    { steps: 3, batch: 1, initialState: false },
  ],
  [
    "reset before",
    { ...smallConfig, model: { ...model, cell: "gru_reset_before" }, clip: null },
    { steps: 3, batch: 2, initialState: true },
  ],
  ["one step of time", { ...smallConfig, model: { ...model, cell: "rnn_tanh" } }, { steps: 1, batch: 1, initialState: false }],
];

describe("verifyCase", () => {
  test.each(cases)("%s: the executor's numbers are the f64 interpreter's", async (_, config, extent) => {
    const done: number[] = [];
    const result = await verify(interpretedCase(config, extent), { onStep: (step: number) => done.push(step) });
    expect(caseLines(result).filter((line) => /FAILED|could not/.test(line))).toEqual([]);
    const parameters = config.model.embedding === null ? 10 : 11;
    const states = config.model.cell === "lstm" ? 2 : 1;
    expect(countQuantities(result)).toEqual({ passed: 3 + 2 * parameters + states, failed: 0 });
    expect(done).toEqual([1, 2, 3]);
  });

  const extent = { steps: 3, batch: 2, initialState: true };

  test.each(["logits", "loss", "grad_norm", "grad.fc.weight", "param.rnn.bias_hh_l1", "h_n", "c_n"])(
    "one wrong number in %s fails that and nothing else, with its place",
    async (name) => {
      const memory = interpretedCase(smallConfig, extent);
      const right = memory.expected.get(name);
      if (right === undefined) throw new RangeError(name);
      const values = toFloats(right);
      const was = values[1] ?? 0;
      values[1] = was * 1.01 + 0.001;
      memory.expected.set(name, floatTensor(right.shape, values));
      const result = await verify(memory);
      expect(countQuantities(result).failed).toBe(1);
      const failed = caseLines(result).filter((line) => line.includes("FAILED"));
      expect(failed).toHaveLength(1);
      expect(failed[0]).toMatch(new RegExp(`^ {2}${name} .*\\[(0, )*1\\] +FAILED: is .*, should be `));
      expect(result).toMatchObject({ search: { kind: "clean" } });
      expect(caseLines(result).join()).toContain("No kernel differs from its twin");
    },
  );

  it("uses the case's own tolerance instead", async () => {
    const memory = interpretedCase(smallConfig, extent);
    memory.json = { ...smallConfig, tolerance: { abs: 0, rel: 0 } };
    const strict = await verify(memory);
    expect(countQuantities(strict).failed).toBeGreaterThan(10);
    expect(caseLines(strict)[0]).toBe("small (3 steps, f32, tolerance 0 + 0 |expected|)");
    memory.json = { ...smallConfig, tolerance: { abs: 1e6, rel: 0 } };
    memory.expected.set("loss", floatTensor([3], Float32Array.of(1, 2, 300)));
    expect(countQuantities(await verify(memory)).failed).toBe(0);
  });

  it("counts all of a case as failed if the device cannot run it", async () => {
    const memory = interpretedCase(smallConfig, extent);
    memory.json = { ...smallConfig, model: { ...model, head: { outputs: 4, at: "last" } }, precision: "f16" };
    const result = await verify(memory);
    expect(countQuantities(result)).toEqual({ passed: 0, failed: memory.expected.size });
    expect(caseLines(result)[1]).toMatch(/^ {2}could not be replayed: .*half precision/);
  });

  it("says of half precision which steps were skipped, and blames no kernel for it", async () => {
    const memory = interpretedCase(smallConfig, extent);
    memory.json = { ...smallConfig, precision: "f16" };
    const weight = memory.weights.get("fc.weight");
    if (weight === undefined) throw new Error("no weight");
    memory.weights.set(
      "fc.weight",
      floatTensor(
        weight.shape,
        toFloats(weight).map((value) => 300 * value),
      ),
    );
    const result = await verifyCase(await readCase(memoryFolder(memory)), () => createCpuExecutor({ emulateHalf: true }));
    expect(result).toMatchObject({ search: { kind: "skipped", skipped: { first: 1, lossScale: 65_536 } } });
    expect(caseLines(result).join("\n")).toMatch(
      /skipped, the first being step 1: its gradient, times the loss scale 65536, was beyond f16/,
    );
  });

  it("keeps the comparison if the search for a kernel cannot run", async () => {
    const memory = interpretedCase(smallConfig, extent);
    memory.expected.set("loss", floatTensor([3], Float32Array.of(1, 2, 300)));
    let opened = 0;
    const result = await verifyCase(await readCase(memoryFolder(memory)), async () => {
      opened += 1;
      if (opened > 1) throw new ExecutorError("out-of-memory", "There is no room.");
      return createCpuExecutor();
    });
    expect(countQuantities(result).failed).toBe(1);
    expect(caseLines(result).join("\n")).toContain("stopped: There is no room.");
  });

  it("stops at an abort", async () => {
    const reason = new Error("enough");
    await expect(verify(interpretedCase(smallConfig, extent), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

test("the last line counts quantities", () => expect(totalLine({ passed: 12, failed: 3 })).toBe("12 passed, 3 failed"));
