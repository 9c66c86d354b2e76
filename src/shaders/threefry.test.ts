import { describe, expect, it } from "vitest";
import { threefry2x32, uniform24 } from "./threefry";

const hex = (words: readonly number[]) => words.map((word) => word.toString(16).padStart(8, "0"));

describe("threefry2x32", () => {
  it("gives the published known answers of Random123 (kat_vectors, threefry2x32, 20 rounds)", () => {
    expect(hex(threefry2x32(0, 0, 0, 0))).toEqual(["6b200159", "99ba4efe"]);
    expect(hex(threefry2x32(0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff))).toEqual(["1cb996fc", "bb002be7"]);
    expect(hex(threefry2x32(0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3))).toEqual(["c4923a9c", "483df7a0"]);
  });

  it("turns words into numbers from 0 to just below 1", () => {
    expect(uniform24(0)).toBe(0);
    expect(uniform24(0x8000_0000)).toBe(0.5);
    expect(uniform24(0xffff_ffff)).toBe(1 - 2 ** -24);
  });
});
