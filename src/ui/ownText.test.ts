import { describe, expect, it } from "vitest";
import { decodeText, describeText, fileProblem, textProblem } from "./ownText";

describe("own text", () => {
  it("counts characters, not code units", () => {
    expect(describeText("a", "ab🙂🙂é")).toMatchObject({ length: 5, distinct: 4 });
  });

  it("says in a sentence why a text cannot be used", () => {
    expect(textProblem(undefined)).toMatch(/no text/);
    expect(textProblem(describeText("a", ""))).toMatch(/no text/);
    expect(textProblem(describeText("a", "aaaa"))).toMatch(/one character/);
    expect(textProblem(describeText("a", "abab"))).toBeUndefined();
  });

  it("refuses files by size", () => {
    expect(fileProblem({ name: "a.txt", size: 0 })?.message).toMatch(/empty/);
    expect(fileProblem({ name: "a.txt", size: 101 * 1024 * 1024 })?.message).toMatch(/100 MB/);
    expect(fileProblem({ name: "a.txt", size: 5 })).toBeUndefined();
  });

  it("decodes UTF-8 and UTF-16, with or without a mark", () => {
    expect(decodeText("a", new TextEncoder().encode("naïve 🙂"))).toBe("naïve 🙂");
    expect(decodeText("a", Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe("a");
    expect(decodeText("a", Uint8Array.of(0xff, 0xfe, 0x61, 0x00))).toBe("a");
    expect(decodeText("a", Uint8Array.of(0xfe, 0xff, 0x00, 0x61))).toBe("a");
  });

  it("refuses what is not text", () => {
    expect(decodeText("x.png", Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0xff))).toMatchObject({ code: "bad-file" });
    expect(decodeText("x.bin", Uint8Array.of(0x61, 0x00, 0x62))).toMatchObject({ code: "bad-file" });
  });
});
