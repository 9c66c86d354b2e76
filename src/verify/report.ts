import { indexIn } from "./case";
import type { QuantityResult } from "./compare";
import type { CaseResult, Counts, Search } from "./run";

const number = (value: number): string => (value === 0 ? "0" : Number.isFinite(value) ? value.toExponential(1) : String(value));
/** Enough digits to tell two f32 apart. */
const exact = (value: number): string => String(Number(value.toPrecision(9)));
const place = ({ shape, at }: QuantityResult): string => `[${indexIn(shape, at).join(", ")}]`;

const columns = ["quantity", "absolute", "relative", "at", "verdict"] as const;

/** The lines of one case: a row for each quantity, and what is known of a failure. */
export function caseLines(result: CaseResult): string[] {
  const { name, precision, steps, tolerance } = result.each.config;
  const own = tolerance === undefined ? "" : `, tolerance ${tolerance.abs} + ${tolerance.rel} |expected|`;
  const title = `${name} (${steps} ${steps === 1 ? "step" : "steps"}, ${precision}${own})`;
  if (result.kind === "broken") return [title, `  could not be replayed: ${result.reason}`, ""];
  const rows = result.quantities.map((quantity) => [
    quantity.name,
    number(quantity.absolute),
    number(quantity.relative),
    place(quantity),
    quantity.passed ? "passed" : `FAILED: is ${exact(quantity.actual)}, should be ${exact(quantity.expected)}`,
  ]);
  const table: readonly (readonly string[])[] = [columns, ...rows];
  const widths = columns.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const lines = table.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd());
  return [title, ...lines, ...searchLines(result.search), ""];
}

function searchLines(search: Search): string[] {
  switch (search.kind) {
    case "none":
      return [];
    case "clean":
      return ["  No kernel differs from its twin: the order of the calls is wrong, or the case is, or its tolerance is too small."];
    case "skipped": {
      const { count, first, lossScale } = search.skipped;
      const steps = count === 1 ? "One step was" : `${count} steps were`;
      return [
        `  ${steps} skipped, the first being step ${first}: its gradient, times the loss scale ${lossScale}, was beyond f16. PyTorch skipped none:`,
        "  a larger batch, or smaller weights, keep the gradient within f16.",
      ];
    }
    case "broken":
      return [`  The search for a kernel that differs from its twin stopped: ${search.reason}`];
    case "found": {
      const { kernel, isCertain, step, call, calls, where, actual, expected } = search.culprit;
      const at = `call ${call} of ${calls}${step > 1 ? ` in step ${step}` : ""}`;
      const what = isCertain
        ? "First kernel that differs from its twin"
        : "No kernel differs from its twin by more than it may; the first that comes close";
      return [`  ${what}: ${kernel} (${at}), ${where} is ${exact(actual)}, should be ${exact(expected)}.`];
    }
    default:
      return search satisfies never;
  }
}

/** The last line. */
export const totalLine = ({ passed, failed }: Counts): string => `${passed} passed, ${failed} failed`;
