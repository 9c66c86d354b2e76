import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createCpuExecutor } from "../cpu/cpuExecutor";
import { floatTensor } from "../files/safetensors";
import { ExecutorError } from "../plan/executor";
import { interpretedCase, type MemoryCase, memoryFolder, smallConfig } from "../testing/verifyCase";
import { type Terminal, verifyCommand } from "./cli";

let folder = "";
const at = (name: string) => join(folder, name);

async function save(name: string, memory: MemoryCase): Promise<void> {
  await mkdir(at(name));
  const files = memoryFolder(memory);
  for (const file of ["case.json", "inputs.safetensors", "weights.safetensors", "expected.safetensors"]) {
    await writeFile(join(at(name), file), await files.read(file));
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unroll-verify-"));
  const extent = { steps: 2, batch: 2, initialState: false };
  const good = interpretedCase(smallConfig, extent);
  await save("good", good);
  const wrong = interpretedCase({ ...smallConfig, name: "wrong" }, extent);
  wrong.expected.set("loss", floatTensor([3], Float32Array.of(1, 2, 3)));
  await save("wrong", wrong);
  good.weights.delete("fc.bias");
  await save("malformed", good);
  await mkdir(at("nothing"));
});
afterAll(() => rm(folder, { recursive: true }));

async function run(argv: readonly string[], signal = new AbortController().signal, open: Terminal["open"] = () => createCpuExecutor()) {
  const printed: string[] = [];
  const told: string[] = [];
  let shown = "";
  const terminal: Terminal = {
    print: (line) => printed.push(line),
    tell: (line) => {
      expect(shown).toBe("");
      told.push(line);
    },
    progress: (text) => {
      shown = text;
    },
    open,
  };
  const code = await verifyCommand(argv, terminal, signal);
  expect(shown).toBe("");
  return { code, last: printed.at(-1), printed: printed.join("\n"), told: told.join("\n") };
}

test("all that passes ends with 0 and counts quantities", async () => {
  const result = await run([at("good"), `${at("good")}/`, "--on", "cpu"]);
  expect(result).toMatchObject({ code: 0, last: "50 passed, 0 failed" });
  expect(result.printed).toMatch(/^small \(3 steps, f32\)\n {2}quantity .*\n {2}logits .* passed$/m);
  expect(result.told).toMatch(/^Replaying on WebAssembly SIMD, (one thread|\w+ threads) \(cpu\)\.$/);
});

test("one wrong number ends with 1", async () => {
  const result = await run([at("good"), at("wrong"), "--on=cpu"]);
  expect(result).toMatchObject({ code: 1, last: "49 passed, 1 failed" });
  expect(result.printed).toMatch(/loss .* FAILED: is .*, should be /);
});

test.each([
  ["malformed", "weights.safetensors: fc.bias is missing."],
  ["nothing", ": this folder is no case, since it has no case.json."],
  ["", "/*."],
  ["nothing/*", ": there is no folder in "],
  ["elsewhere/*", "elsewhere: there is no such folder."],
  ["elsewhere", ": there is no such folder."],
  ["good/case.json", ": this is a file; a case is a folder"],
])("%s ends with 2 before anything runs", async (name, sentence) => {
  const result = await run([at("good"), at(name), "--on", "cpu"]);
  expect(result).toMatchObject({ code: 2, printed: "" });
  expect(result.told).toContain(at(name).replace(/[/*]+$/, ""));
  expect(result.told).toContain(sentence);
});

test("a star stands for every folder, where the shell leaves it", async () => {
  const result = await run([at("*"), "--on", "cpu"]);
  expect(result).toMatchObject({ code: 2, printed: "" });
  expect(result.told.split("\n")).toEqual([
    `${at("malformed")}/weights.safetensors: fc.bias is missing.`,
    `${at("nothing")}: this folder is no case, since it has no case.json.`,
  ]);
});

test("every wrong case has its sentence", async () => {
  const { told } = await run([at("malformed"), at("elsewhere")]);
  expect(told.split("\n")).toHaveLength(2);
});

test.each([
  [[], "at least one case"],
  [["a", "--on", "gpu"], '--on is webgpu or cpu, not "gpu"'],
  [["a", "--of"], "--of"],
])("the command line %j ends with 2", async (argv, sentence) => {
  const result = await run(argv);
  expect(result.code).toBe(2);
  expect(result.told).toContain(sentence);
});

test("--help ends with 0", async () => expect(await run(["--help"])).toMatchObject({ code: 0, told: "" }));

test("an interruption ends with 130", async () => {
  const controller = new AbortController();
  const open = async () => {
    controller.abort();
    return createCpuExecutor();
  };
  expect(await run([at("good")], controller.signal, open)).toMatchObject({ code: 130, told: expect.stringMatching(/Stopped\.$/) });
});

test("a machine without a GPU is told what to do", async () => {
  const open = async () => {
    throw new ExecutorError("no-webgpu", "There is no GPU.");
  };
  const expected = { code: 1, told: "There is no GPU. Add --adapter swiftshader or --on cpu." };
  expect(await run([at("good")], undefined, open)).toMatchObject(expected);
});
