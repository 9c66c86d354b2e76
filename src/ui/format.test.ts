import { describe, expect, it } from "vitest";
import { formatBytes, formatCount, formatFlops, formatNumber, formatPercent, formatPowerOfTwo, formatRate, formatTick } from "./format";

describe("formats", () => {
  it("shows about four significant digits", () => {
    expect([2.30211, 0.0312, 12.4812, 123.456, 54_538, 0, 1e-5].map(formatNumber)).toEqual([
      "2.3021",
      "0.0312",
      "12.48",
      "123.5",
      "54,538",
      "0.0000",
      "1.00e-5",
    ]);
  });

  it("says what is missing or not finite", () => {
    expect(formatNumber(undefined)).toBe("–");
    expect(formatNumber(Number.NaN)).toBe("NaN");
    expect(formatNumber(Number.POSITIVE_INFINITY)).toBe("Infinity");
    expect(formatPercent(Number.NaN)).toBe("NaN");
    expect(formatRate(0)).toBe("–");
  });

  it("carries units", () => {
    expect(formatPercent(0.97314)).toBe("97.31 %");
    expect(formatBytes(1_268_000)).toBe("1.21 MiB");
    expect([999.4, 999.6, 1023.9].map((kib) => formatBytes(kib * 1024))).toEqual(["999 KiB", "1,000 KiB", "1,024 KiB"]);
    expect(formatFlops(567e6)).toBe("567 MFLOP");
    expect(formatCount(14_800_000)).toBe("14,800,000");
  });

  it("keeps axis labels short", () => {
    expect([0.01, 0.5, 20, 15_000, 2_000_000, 1e-5, 0].map(formatTick)).toEqual(["0.01", "0.5", "20", "15k", "2M", "1e−5", "0"]);
  });

  it("writes powers of two with their exponent", () => {
    expect([65_536, 1, 2 ** -12, 2 ** 127].map(formatPowerOfTwo)).toEqual(["2¹⁶", "2⁰", "2⁻¹²", "2¹²⁷"]);
  });
});
