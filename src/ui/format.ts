const grouped = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const NONE = "–";

/** Whole numbers with grouped digits: 54,538. */
export const formatCount = (value: number | undefined): string =>
  value === undefined ? NONE : Number.isFinite(value) ? grouped.format(value) : String(value);

/** About four significant digits in a steady width: 2.3026, 0.0312, 12.48, 1,204. NaN and Infinity are shown as such. */
export function formatNumber(value: number | undefined): string {
  if (value === undefined) return NONE;
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) return value.toExponential(2);
  if (size < 10) return value.toFixed(4);
  if (size < 100) return value.toFixed(2);
  if (size < 1000) return value.toFixed(1);
  return grouped.format(value);
}

/** A fraction as per cent: 0.9731 is 97.31 %. */
export const formatPercent = (fraction: number | undefined, digits = 2): string =>
  fraction === undefined ? NONE : Number.isFinite(fraction) ? `${(fraction * 100).toFixed(digits)} %` : String(fraction);

const scaled = (value: number, base: number, units: readonly string[]): string => {
  let rest = value;
  let unit = 0;
  while (rest >= base && unit < units.length - 1) {
    rest /= base;
    unit++;
  }
  // Three digits of a number from 999.5 on would be told with an exponent.
  return `${unit === 0 || rest >= 999.5 ? grouped.format(rest) : rest.toPrecision(3)} ${units[unit] ?? ""}`.trim();
};

/** Memory in binary units: 1.21 MiB. */
export const formatBytes = (bytes: number | undefined): string =>
  bytes === undefined ? NONE : scaled(bytes, 1024, ["B", "KiB", "MiB", "GiB", "TiB"]);

/** Floating-point operations: 567 MFLOP. */
export const formatFlops = (flops: number | undefined): string =>
  flops === undefined ? NONE : scaled(flops, 1000, ["FLOP", "kFLOP", "MFLOP", "GFLOP", "TFLOP", "PFLOP"]);

/** A speed: 812, 12.3, 0.42. */
export function formatRate(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value) || value <= 0) return NONE;
  return value >= 100 ? grouped.format(value) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

const raised = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** For axes of powers of two: 2¹⁶. */
export const formatPowerOfTwo = (value: number): string =>
  `2${String(Math.round(Math.log2(value))).replace(/[-\d]/g, (sign) => (sign === "-" ? "⁻" : (raised[Number(sign)] ?? "")))}`;

/** For axis labels: 0.01, 0.5, 20, 15k, 2M. */
export function formatTick(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e9) return value.toExponential(0).replace("e+", "e");
  if (size >= 1e6) return `${Number((value / 1e6).toPrecision(3))}M`;
  if (size >= 1e4) return `${Number((value / 1e3).toPrecision(3))}k`;
  if (size !== 0 && size < 1e-3) return value.toExponential(0).replace("e-", "e−");
  return String(Number(value.toPrecision(3)));
}
