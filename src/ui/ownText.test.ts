import { describe, expect, it } from "vitest";
import { presetNamed } from "../presets";
import { decodeText, describeText, fileProblem, textProblem } from "./ownText";

describe("own text", () => {
  it("counts characters, not code units", () => {
    expect(describeText("a", "ab🙂🙂é")).toMatchObject({ length: 5, distinct: 4 });
  });

  it("says in a sentence why a text cannot be used", () => {
    expect(textProblem(undefined, undefined)).toMatch(/no text/);
    expect(textProblem(describeText("a", ""), undefined)).toMatch(/no text/);
    expect(textProblem(describeText("a", "aaaa"), undefined)).toMatch(/one character/);
    expect(textProblem(describeText("a", "ab\0"), undefined)).toMatch(/NUL/);
    const many = Array.from({ length: 5000 }, (_, i) => String.fromCodePoint(0x4e00 + i)).join("");
    expect(textProblem(describeText("a", many), undefined)).toMatch(/over 4096 different/);
    expect(textProblem(describeText("a", "abab"), undefined)).toBeUndefined();
    // 32 lanes of 64 characters: 2,049 characters must train.
    const { config } = presetNamed("chars-small");
    expect(textProblem(describeText("a", "ab".repeat(1138)), config)).toMatch(/at least 2277/);
    expect(textProblem(describeText("a", "ab".repeat(1139)), config)).toBeUndefined();
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
