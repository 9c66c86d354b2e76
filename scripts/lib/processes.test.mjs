import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ensureWritable, Problem, tellable, withDiskFault } from "./processes.mjs";

/** @type {string} */
let folder;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "unroll-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** As Node reports it. @param {string} code @param {string} syscall @param {string} [path] */
const errno = (code, syscall, path) =>
  Object.assign(new Error(`${code}: it failed, ${syscall} '${path}'`), { code, syscall, ...(path === undefined ? {} : { path }) });

describe("a disk that cannot be written to", () => {
  test.each([
    [
      "a folder of somebody else's",
      errno("EACCES", "mkdir", "/opt/x/.cache"),
      /^\/opt\/x\/\.cache cannot be written: .*permission\. .*copy/,
    ],
    ["a read-only disk", errno("EROFS", "open", "/opt/x/a"), /^\/opt\/x\/a cannot be written: the disk can only be read\./],
    // Node names no file when a write fails that was begun on an open one.
    ["a full disk", errno("ENOSPC", "write"), /^A file cannot be written: the disk is full\. Free some space/],
  ])("%s is told in a sentence", (_, error, sentence) => {
    expect(withDiskFault(error)).toBeInstanceOf(Problem);
    expect(tellable(error)).toMatch(sentence);
  });

  test.each([
    ["a program that may not be started", errno("EACCES", "spawn /usr/bin/npm", "/usr/bin/npm")],
    ["a port that may not be opened", errno("EACCES", "listen")],
    ["a file that is missing", errno("ENOENT", "open", "a")],
    ["a bug", new TypeError("x is not a function")],
  ])("%s is something else", (_, error) => expect(tellable(error)).toBe(error));

  test("is noticed before the work", () => {
    ensureWritable(join(folder, "a", "b"));
    writeFileSync(join(folder, "file"), "");
    expect(() => ensureWritable(join(folder, "file"))).toThrow(/EEXIST/);
  });
});

describe("a script", () => {
  /** @param {string} body */
  const script = (body) => {
    const path = join(folder, "script.mjs");
    const library = JSON.stringify(new URL("processes.mjs", import.meta.url).href);
    writeFileSync(path, `import { Problem, runMain } from ${library};\nawait runMain(async () => {\n${body}\n});\n`);
    const { status, stdout, stderr } = spawnSync(process.execPath, [path], { encoding: "utf8" });
    return { status, stdout, stderr };
  };

  test.each([
    ["a problem", 'throw new Problem("No.");', 1, /^No\.\n$/],
    ["a problem with an exit code", 'throw new Problem("No.", 2);', 2, /^No\.\n$/],
    [
      "a disk that can only be read",
      'throw Object.assign(new Error("EROFS"), { code: "EROFS", syscall: "mkdir", path: "/x" });',
      1,
      /^\/x cannot be written: the disk can only be read\. [^\n]*\n$/,
    ],
    ["a bug", 'throw new TypeError("bug");', 1, /TypeError: bug\n\s+at /],
    ["nothing wrong", "return 3;", 3, /^$/],
  ])("ends by %s", (_, body, status, stderr) =>
    expect(script(body)).toEqual({ status, stdout: "", stderr: expect.stringMatching(stderr) }),
  );
});
