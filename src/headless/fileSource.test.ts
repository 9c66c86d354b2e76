import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fileSource } from "./fileSource";

describe("fileSource", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "unroll-"));
    await writeFile(join(folder, "a.bin"), Uint8Array.of(1, 2, 3));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("reads a file and says whether one is there", async () => {
    const reported: number[] = [];
    expect(await fileSource(folder).read("a.bin", (fraction) => reported.push(fraction))).toEqual(Uint8Array.of(1, 2, 3));
    expect(reported).toEqual([1]);
    expect(await fileSource(folder).has("a.bin")).toBe(true);
    expect(await fileSource(folder).has("b.bin")).toBe(false);
  });

  it("says what is missing or cannot be read", async () => {
    const missing = { code: "no-data", message: "The data file b.bin is not there.", advice: expect.stringContaining("npm run data") };
    await expect(fileSource(folder).read("b.bin")).rejects.toMatchObject(missing);
    await expect(fileSource(folder).read(".")).rejects.toMatchObject({
      code: "no-data",
      message: expect.stringContaining("could not be read"),
    });
  });

  it("rejects with the signal's reason after an abort", async () => {
    const reason = new Error("stopped");
    await expect(fileSource(folder).read("a.bin", undefined, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
