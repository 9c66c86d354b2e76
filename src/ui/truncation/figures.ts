import type { Bptt } from "../../config";
import type { EstimateFigures, Estimator, TruncationComparison, TruncationRow } from "../../worker/protocol";
import { formatCount } from "../format";

/** Over which numbers of the gradient: all, or those below the head. */
export type Part = "all" | "recurrent";

export const estimators: readonly Estimator[] = ["fixed", "random", "compensated"];

export const estimatorNames: Readonly<Record<Estimator, string>> = {
  fixed: "Fixed windows",
  random: "Random cuts",
  compensated: "Random, compensated",
};

/** The estimator and length of a run's own truncation; undefined for the full gradient. */
export function settingOf(bptt: Bptt): { readonly estimator: Estimator; readonly length: number } | undefined {
  switch (bptt.kind) {
    case "full":
      return undefined;
    case "fixed":
      return { estimator: "fixed", length: bptt.k };
    case "random":
      return { estimator: bptt.compensate ? "compensated" : "random", length: bptt.mean };
    default:
      return bptt satisfies never;
  }
}

/**
 * True for compensated cuts of which these samples hardly show a path as long as the sequence: such a gradient is right on average only
 * with draws that are rarer than that, so its error is larger than measured.
 */
export const isTooRare = ({ estimator, seenBack }: TruncationRow, steps: number): boolean =>
  estimator === "compensated" && seenBack !== null && seenBack < steps - 1;

/** Three significant figures, or as many as a figure near 1 needs: 0.893, 0.9996, 12.3. */
export function shortFigure(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size >= 1000) return formatCount(Math.round(value));
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return value.toFixed(1);
  return value.toFixed(size > 0.9995 && size < 1 ? 5 : 3);
}

/** A direction as close as this is called kept. */
const KEPT = 0.95;
/** The length that is read out where the run has none of its own. */
const USUAL = 8;

const nearest = (rows: readonly TruncationRow[], length: number): TruncationRow | undefined =>
  [...rows].sort((a, b) => Math.abs(Math.log(a.length / length)) - Math.abs(Math.log(b.length / length)))[0];

function directionOf(row: TruncationRow, { cosine, normRatio }: EstimateFigures): string {
  const { estimator, length } = row;
  const subject =
    estimator === "fixed"
      ? `windows of k = ${length} ${length === 1 ? "step" : "steps"}`
      : `random cuts ${length} steps apart on average${estimator === "compensated" ? ", compensated," : ""}`;
  return (
    `With ${subject} the gradient's direction has a cosine of ${shortFigure(cosine.mean)} with the full one, ` +
    `and its norm is ${shortFigure(normRatio.mean)} of it.`
  );
}

function shortestOf(fixed: readonly TruncationRow[], part: Part, steps: number): string | undefined {
  const shorter = fixed.filter(({ length }) => length < steps);
  if (shorter.length === 0) return undefined;
  const row = shorter.find((each) => each[part].cosine.mean >= KEPT);
  return row === undefined
    ? `No window measured that is shorter than the sequence reaches a cosine of ${KEPT}.`
    : `The shortest window measured with a cosine of at least ${KEPT} is k = ${row.length}.`;
}

function biasOf(row: TruncationRow, part: Part, steps: number): string | undefined {
  const { estimator, length } = row;
  const { bias } = row[part];
  if (bias === null) return undefined;
  const off = `the mean gradient is off by ${shortFigure(bias.relative)} of the full one's norm`;
  if (estimator === "fixed") return `Fixed windows, k = ${length}: ${off}. That is bias; more batches do not average it away.`;
  const subject = `Random cuts, ${length} steps apart on average${estimator === "compensated" ? ", compensated" : ""}`;
  const chance = `where chance alone would give ${shortFigure(bias.chance)}`;
  if (isTooRare(row, steps)) {
    return (
      `${subject}: ${off}, ${chance} as far as so few draws can tell. Paths of more than ${row.seenBack} steps stay uncut less than once in ` +
      "them, and it is those that compensation weighs most."
    );
  }
  return `${subject}: ${off}, ${chance}: ${bias.isBeyondChance ? "biased." : "no bias shows."}`;
}

/** What a comparison says, in sentences; none before the first batch. */
export function readingOf({ rows, steps }: TruncationComparison, bptt: Bptt, part: Part): string[] {
  if (rows.length === 0) return [];
  if (rows.some((row) => !Number.isFinite(row.all.cosine.mean))) {
    return ["The gradient of these weights is zero or not a finite number, so there is no direction to compare."];
  }
  const of = (estimator: Estimator): TruncationRow[] => rows.filter((row) => row.estimator === estimator);
  const own = settingOf(bptt);
  const length = own?.length ?? Math.min(USUAL, Math.ceil(steps / 2));
  const fixed = of("fixed");
  const [shown, random, compensated] = [fixed, of("random"), of("compensated")].map((each) => nearest(each, length));
  const ownRow = own === undefined || own.estimator === "fixed" ? undefined : own.estimator === "random" ? random : compensated;
  return [
    ...(ownRow === undefined ? [] : [directionOf(ownRow, ownRow[part])]),
    ...(shown === undefined ? [] : [directionOf(shown, shown[part])]),
    shortestOf(fixed, part, steps),
    ...[shown, random, compensated].map((row) => row && biasOf(row, part, steps)),
  ].filter((sentence) => sentence !== undefined);
}

const csvColumns = [
  ...["estimator", "k_or_mean", "parameters", "samples", "cosine_mean", "cosine_sd", "cosine_p10", "cosine_p90"],
  ...["norm_ratio_mean", "norm_ratio_sd", "norm_ratio_p10", "norm_ratio_p90", "along_full_mean", "along_full_se"],
  ...["bias", "bias_by_chance", "bias_corrected", "uncut_steps_seen"],
];

/** Every figure of a comparison, a row for each estimator, length and part of the gradient. */
export function comparisonCsv({ rows }: TruncationComparison): string {
  const lines = rows.flatMap((row) =>
    (["all", "recurrent"] as const).map((part) => {
      const { cosine, normRatio, along, bias } = row[part];
      const spreads = [cosine, normRatio].flatMap(({ mean, deviation, low, high }) => [mean, deviation, low, high]);
      const numbers = [...spreads, along.mean, along.standardError, bias?.relative, bias?.chance, bias?.corrected, row.seenBack];
      const labels = [row.estimator, row.length, part === "all" ? "all" : "without_head", row.samples];
      return [...labels, ...numbers.map((value) => (Number.isFinite(value) ? value : ""))].join(",");
    }),
  );
  return `${[csvColumns.join(","), ...lines].join("\n")}\n`;
}
