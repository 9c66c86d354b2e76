const grouped = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** A number in a sentence, with about three digits, or all of a whole thousand: 0.0123, 2.31, 148, 65,536. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? "infinite" : "not a number";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(1).replace("e-", "e−").replace("e+", "e");
  if (size >= 1000) return grouped.format(value);
  return String(Number(value.toPrecision(3)));
}

/** A fraction as per cent: "37 %", "0.01 %". */
export const percent = (fraction: number): string => `${figure(100 * fraction)} %`;
