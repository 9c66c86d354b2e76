import { expect, test } from "vitest";
import { runPrinting, small } from "../testing/headlessRun";

const onCpu = ["--executor", "cpu", "--threads", "1"];

test("a race prints each validation and then all that the page shows, as JSON", async () => {
  const { code, printed, told } = await runPrinting(["--race", ...small, ...onCpu, "--steps", "40", "--json"]);
  expect(code).toBe(0);
  expect(told).toMatch(/^Racing on WebAssembly SIMD/);
  const reports: Record<string, unknown>[] = printed.map((line) => JSON.parse(line));
  const last = reports.pop();
  const full = reports.slice(-3);
  expect(full.map(({ cell, step }) => [cell, step])).toEqual([
    ["rnn_tanh", 40],
    ["lstm", 40],
    ["gru", 40],
  ]);
  expect(full[0]).toEqual({
    ...{ cell: "rnn_tanh", step: 40, trainSeconds: expect.any(Number), trainLoss: expect.any(Number) },
    ...{ valLoss: expect.any(Number), valAccuracy: expect.any(Number), full: true },
  });
  expect(last).toMatchObject({
    race: {
      equalSteps: 40,
      contestants: [
        { cell: "rnn_tanh" },
        { cell: "lstm", msPerStep: { median: expect.any(Number) } },
        { cell: "gru", atEqualSteps: { full: { step: 40 } } },
      ],
    },
    claim: { measured: expect.any(String) },
  });
});

test("for people a race ends with a table and the claim", async () => {
  const { code, printed } = await runPrinting(["--race", "--cells", "gru,gru_reset_before", ...small, ...onCpu, "--steps", "20"]);
  expect(code).toBe(0);
  const table = printed.slice(printed.findIndex((line) => /GRU {2}GRU, reset before$/.test(line)));
  expect(table.find((line) => line.startsWith("ms per step, median"))).toMatch(/median +[\d.]+ +[\d.]+$/);
  expect(table.at(-1)).toBe("The claim is about GRU and LSTM: let both race to measure it here.");
});

test("Ctrl-C ends a race", async () => {
  const { code } = await runPrinting(["--race", ...small, ...onCpu, "--minutes", "60"], (count, pressCtrlC) => {
    if (count === 4) pressCtrlC();
  });
  expect(code).toBe(130);
});

test.each([
  [["--race", "--steps", "2"], "--steps takes a whole number of at least 10"],
  [["--race", "--steps", "20", "--minutes", "1"], "--steps or --minutes, not both"],
  [["--race", "--minutes", "0"], "--minutes takes a number from 0.1 to 1440"],
  [["--race", "--cells", "lstm,elman"], 'with commas between; it got "elman"'],
  [["--race", "--cells", "lstm,lstm"], "two or more different cells"],
  [["--cells", "lstm,gru"], "--cells needs --race"],
  [["--race", "--save", "x"], "leave out --save"],
  [["--race", "--experiment", "half-precision"], "leave out --race"],
])("%j is refused in a sentence", async (args, sentence) => {
  const { code, told } = await runPrinting(args);
  expect(code).toBe(2);
  expect(told).toContain(sentence);
});
