import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { adapterChoice } from "./program.mjs";

beforeEach(() => vi.stubEnv("UNROLL_ADAPTER", undefined));
afterEach(() => vi.unstubAllEnvs());

test("the adapter is taken out of the arguments", () => {
  const args = ["--json", "--adapter", "swiftshader", "--steps", "3"];
  expect(adapterChoice(args, "headless")).toBe("swiftshader");
  expect(args).toEqual(["--json", "--steps", "3"]);
  const joined = ["--adapter=system"];
  expect(adapterChoice(joined, "headless")).toBe("system");
  expect(joined).toEqual([]);
  expect(adapterChoice(["--json"], "headless")).toBe("auto");
});

test.each([
  ["another word", ["--adapter", "foo"], /^--adapter is one of auto, system, swiftshader, not "foo"\.\nSee npm run verify -- --help\.$/],
  ["no word", ["--adapter"], /^--adapter is one of auto, system, swiftshader; none was given\./],
])("%s is a wrong command line", (_, args, message) => {
  expect(() => adapterChoice(args, "verify")).toThrow(expect.objectContaining({ exitCode: 2, message: expect.stringMatching(message) }));
});

test("a wrong choice in the environment is blamed on it", () => {
  vi.stubEnv("UNROLL_ADAPTER", "foo");
  expect(() => adapterChoice([], "verify")).toThrow(/^The environment variable UNROLL_ADAPTER is one of .*, not "foo"\./);
});
