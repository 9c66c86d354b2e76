import { describe, expect, it, test } from "vitest";
import type { Cell } from "../config";
import { createCpuExecutor } from "../cpu/cpuExecutor";
import type { AnyKernel } from "../shaders/kernel";
import { withKernel } from "../testing/brokenKernel";
import { interpretedCase, memoryFolder, smallConfig } from "../testing/verifyCase";
import { readCase } from "./case";
import { searchCalls } from "./locate";
import { compileCase } from "./replay";
import { caseLines } from "./report";
import type { CaseConfig } from "./schema";

const extent = { steps: 3, batch: 2, initialState: true };
const configOf = (cell: Cell): CaseConfig => ({
  ...smallConfig,
  model: { ...smallConfig.model, cell, inputSize: null, embedding: { vocab: 6, dim: 3 }, head: { outputs: 6, at: "last" } },
  carryState: true,
});
const read = (config: CaseConfig) => readCase(memoryFolder(interpretedCase(config, extent)));

/**
 * An oracle that also adds to the first number that the kernel may write, wherever `when` holds. It is wrong in f64 only: for a kernel
 * without a native form the CPU executor itself runs the twin, in f32.
 */
function withWrongOracle(
  kernel: AnyKernel,
  when: (buffers: Parameters<AnyKernel["twin"]>[0]) => boolean = () => true,
  error = 1,
): AnyKernel {
  const output = Object.entries(kernel.bindings).find(([, { access }]) => access === "read_write")?.[0] ?? "";
  return {
    ...kernel,
    twin(buffers, scalars) {
      const isWrong = when(buffers) && Object.values(buffers).some((data) => data instanceof Float64Array);
      kernel.twin(buffers, scalars);
      const data = buffers[output];
      if (isWrong && data?.[0] !== undefined) data[0] += error;
    },
  };
}

describe("searchCalls", () => {
  test.each(["rnn_tanh", "lstm", "gru", "gru_reset_before"] as const)(
    "%s: blames each kernel of a step for its own error",
    async (cell) => {
      const each = await read(configOf(cell));
      const names = [...new Set(compileCase(each).train.calls.map(({ kernel }) => kernel.name))];
      expect(names).toContain("embedding_backward");
      for (const name of names) {
        const compiled = withKernel(compileCase(each), name, (kernel) => withWrongOracle(kernel));
        const first = compiled.train.calls.findIndex(({ kernel }) => kernel.name === name);
        const culprit = await searchCalls(compiled, await createCpuExecutor());
        expect(culprit, name).toMatchObject({
          kernel: name,
          isCertain: true,
          step: 1,
          call: first + 1,
          calls: compiled.train.calls.length,
        });
        expect(culprit?.where, name).toMatch(/^\w+\[0\]$/);
      }
    },
  );

  it("finds an error that only a second step shows", async () => {
    const hasMomentum = ({ momentum }: Parameters<AnyKernel["twin"]>[0]) => momentum?.some((value) => value !== 0) ?? false;
    const compiled = withKernel(compileCase(await read(configOf("lstm"))), "sgd", (kernel) => withWrongOracle(kernel, hasMomentum));
    expect(await searchCalls(compiled, await createCpuExecutor())).toMatchObject({ kernel: "sgd", step: 2, where: "params[0]" });
  });

  it("gives a clue where an error is large only beside the small numbers that it spoils", async () => {
    const each = await read(configOf("lstm"));
    const compiled = withKernel(compileCase(each), "embedding_backward", (kernel) => withWrongOracle(kernel, undefined, 1.5e-5));
    const culprit = await searchCalls(compiled, await createCpuExecutor());
    expect(culprit).toMatchObject({ kernel: "embedding_backward", isCertain: false, step: 1 });
  });

  it("finds nothing where nothing is wrong, and stops at an abort", async () => {
    const each = await read(configOf("lstm"));
    expect(await searchCalls(compileCase(each), await createCpuExecutor())).toBeUndefined();
    const reason = new Error("enough");
    await expect(searchCalls(compileCase(each), await createCpuExecutor(), AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it("is reported as a sentence", async () => {
    const each = await read(configOf("lstm"));
    const culprit = {
      kernel: "lstm_sequence_forward",
      isCertain: true,
      step: 1,
      call: 3,
      calls: 17,
      where: "hidden[12]",
      actual: 0.5,
      expected: 0.25,
    };
    const lines = (step: number) =>
      caseLines({ kind: "compared", each, quantities: [], search: { kind: "found", culprit: { ...culprit, step } } }).join("\n");
    const sentence = "First kernel that differs from its twin: lstm_sequence_forward (call 3 of 17), hidden[12] is 0.5, should be 0.25.";
    expect(lines(1)).toContain(sentence);
    expect(lines(2)).toContain("(call 3 of 17 in step 2)");
  });
});
