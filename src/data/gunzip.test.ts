import { describe, expect, it } from "vitest";
import { gzip } from "../testing/dataSource";
import { gunzip } from "./gunzip";

const plain = Uint8Array.from({ length: 5000 }, (_, i) => (i * i) % 251);

describe("gunzip", () => {
  it("unpacks gzip", async () => {
    expect(await gunzip(await gzip(plain), "a.gz")).toEqual(plain);
  });

  it("leaves bytes that a server has unpacked already", async () => {
    expect(await gunzip(plain, "a.gz")).toBe(plain);
    expect(await gunzip(new Uint8Array(0), "a.gz")).toHaveLength(0);
  });

  it("refuses a damaged file, and names it", async () => {
    const packed = await gzip(plain);
    const damaged = packed.slice();
    damaged.fill(0xff, 20, 60);
    const wrongSum = packed.slice();
    wrongSum[packed.length - 8] = wrongSum[packed.length - 8]! ^ 1;
    for (const bytes of [packed.slice(0, 100), packed.slice(0, 2), damaged, wrongSum]) {
      await expect(gunzip(bytes, "a.gz")).rejects.toMatchObject({ code: "bad-file", message: expect.stringContaining("a.gz is damaged") });
    }
  });

  it("stops a file that unpacks to more than allowed", async () => {
    const packed = await gzip(new Uint8Array(1_000_000));
    await expect(gunzip(packed, "a.gz", 10_000)).rejects.toMatchObject({ message: expect.stringContaining("more than 10000 bytes") });
    expect(await gunzip(packed, "a.gz", 1_000_000)).toHaveLength(1_000_000);
  });
});
