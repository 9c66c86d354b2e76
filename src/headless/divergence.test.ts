import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readCheckpoint } from "../files/checkpoint";
import { runHeadless } from "./run";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "unroll-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function headless(...args: string[]) {
  const printed: string[] = [];
  const told: string[] = [];
  const terminal = {
    print: (line: string) => printed.push(line),
    tell: (line: string) => told.push(line),
    gpu() {
      throw new Error("not on a GPU");
    },
    onInterrupt() {},
  };
  const code = await runHeadless([...args, "--executor", "cpu"], terminal);
  return { code, printed, told };
}

const set = (settings: Readonly<Record<string, string | number>>): string[] =>
  Object.entries(settings).flatMap(([field, value]) => ["--set", `${field}=${value}`]);

const small = { "task.delay": 3, "task.length": 2, "model.hiddenSize": 8, "model.cell": "rnn_tanh" };
const decaying = { "optimizer.kind": "sgd", "optimizer.momentum": 0, "optimizer.weightDecay": 10, "clip.kind": "none" };

test("a run that diverges says where it first went wrong, to people and to programs, and leaves with 1", async () => {
  const { code, printed, told } = await headless(
    "--preset",
    "copy-memory",
    ...set({ ...small, ...decaying, "optimizer.lr": 100 }),
    "--json",
  );
  expect(code).toBe(1);
  const report: unknown = JSON.parse(printed.at(-1) ?? "");
  expect(report).toMatchObject({ divergedAt: expect.any(Number), finding: "found", lossRisesFrom: expect.any(Number) });
  const { divergedAt, first, sentences } = report as { divergedAt: number; first: object; sentences: string[] };
  expect(first).toMatchObject({ name: expect.any(String), kind: expect.stringMatching(/^(nan|infinity|minus infinity)$/) });
  expect(told).toContain(sentences[0]);
  expect(sentences[0]).toMatch(new RegExp(`^(At step|Step) ${divergedAt} `));
  expect(told.at(-1)).toMatch(/^Train with a lower learning rate/);
});

test("with --save, the state from before is written, unless the run has saved one already", async () => {
  const [calm, after] = [join(folder, "calm.safetensors"), join(folder, "after.safetensors")];
  await headless("--preset", "copy-memory", ...set({ ...small, ...decaying, "optimizer.lr": 0.001 }), "--steps", "5", "--save", calm);
  const wild = ["--resume", calm, "--set", "optimizer.lr=100"];
  const first = await headless(...wild, "--save", after);
  expect(first.code).toBe(1);
  expect(first.told.at(-1)).toBe(`Saved step 5 to ${after}.`);
  const [state, before] = [await readFile(after), await readFile(calm)].map(readCheckpoint);
  expect(state?.step).toBe(5);
  expect(state?.arrays).toEqual(before?.arrays);

  const again = await headless(...wild, "--save", after, "--save-every", "1");
  expect(again.code).toBe(1);
  expect(again.told.at(-1)).toBe(`${after} was left as it was.`);
  expect(readCheckpoint(await readFile(after)).step).toBeGreaterThan(5);
});
