import { ConfigError, defaultWindows, type RunConfig, sequenceSteps } from "../config";
import type { Dataset } from "../data/dataset";
import type { Executor } from "../plan/executor";
import type { ChooseForm } from "../plan/forms";
import {
  compareTruncation,
  comparisonProblems,
  type TruncationComparison,
  type TruncationRequest,
  type TruncationRow,
} from "../train/compareTruncation";
import type { Trainer } from "../train/trainer";
import type { ComparisonOptions } from "./options";
import type { ExitCode, Terminal } from "./run";

/** What to compare for a configuration. @throws ConfigError if that makes no sense, before anything is trained. */
export function comparisonOf({ lengths, batches, draws }: ComparisonOptions, { task }: RunConfig): TruncationRequest {
  const steps = sequenceSteps(task);
  const request = { lengths: lengths ?? defaultWindows(steps), batches, draws };
  const problems = comparisonProblems(request, steps);
  if (problems.length > 0) throw new ConfigError(problems);
  return request;
}

interface Comparing {
  readonly request: TruncationRequest;
  readonly dataset: Dataset;
  readonly chooseForm: ChooseForm;
  readonly open: () => Promise<Executor>;
  readonly json: boolean;
}

/** Compares truncated gradients with the weights that training ended with, and prints what was found. */
export async function printComparison(
  trainer: Trainer,
  { request, dataset, chooseForm, open, json }: Comparing,
  terminal: Terminal,
): Promise<ExitCode> {
  const controller = new AbortController();
  terminal.onInterrupt(() => controller.abort());
  const executor = await open();
  try {
    const { signal } = controller;
    const comparison = await compareTruncation(await trainer.save(), dataset, executor, request, { chooseForm, signal });
    if (json) terminal.print(JSON.stringify({ truncation: comparison }));
    else for (const line of linesOf(comparison)) terminal.print(line);
    return 0;
  } catch (error) {
    if (controller.signal.aborted) return 130;
    throw error;
  } finally {
    executor.destroy();
  }
}

const show = (value: number): string => (Number.isFinite(value) ? value.toFixed(4) : "-");
/** Marks rows whose chance these samples do not show. */
const RARE = "*";
const columns = ["estimator", "k or mean", "cosine", "spread", "norm ratio", "spread", "along full", "error", "bias", "by chance"];

const isRare = ({ estimator, seenBack }: TruncationRow, steps: number): boolean =>
  estimator === "compensated" && seenBack !== null && seenBack < steps - 1;

function cells(row: TruncationRow, steps: number): string[] {
  const { estimator, length, all } = row;
  const { cosine, normRatio, along, bias } = all;
  const figures = [cosine.mean, cosine.deviation, normRatio.mean, normRatio.deviation, along.mean, along.standardError];
  const mark = isRare(row, steps) ? ` ${RARE}` : "";
  return [estimator + mark, String(length), ...figures.map(show), ...(bias === null ? ["-", "-"] : [bias.relative, bias.chance].map(show))];
}

/** The comparison as a table for people. */
export function linesOf({ step, steps, request, rows, biasBytes }: TruncationComparison): string[] {
  const table = [columns, ...rows.map((row) => cells(row, steps))];
  const widths = columns.map((_, i) => Math.max(...table.map((row) => row[i]?.length ?? 0)));
  return [
    `Truncated gradients against the full gradient over ${steps} time steps: step ${step}, ${request.batches} batches, ${request.draws} draws each.`,
    ...table.map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  ")),
    ...(rows.some((row) => isRare(row, steps))
      ? [
          `${RARE} Right on average through draws too rare to be among these: error and chance are larger than shown. Take more draws or a larger mean.`,
        ]
      : []),
    ...(biasBytes === null ? [] : [`Bias was not measured: it would take ${Math.ceil(biasBytes / 2 ** 20)} MiB. Name fewer windows.`]),
  ];
}
