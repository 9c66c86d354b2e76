import { totalmem } from "node:os";
import { type Dataset, facts } from "../data/dataset";
import type { DeviceFacts, Executor } from "../plan/executor";
import type { CallTiming, KernelChoice } from "../plan/forms";
import { claimMeasured } from "../race/claim";
import { cellNames, RaceRecord, type RaceValidation } from "../race/record";
import { lossBefore, type Standing, type Standings, standings } from "../race/standings";
import { formsOfRun } from "../train/formsOfRun";
import { metricsRow, rowCount } from "../train/metrics";
import { checkRaceFits, raceCosts } from "../train/race/memory";
import { type RaceSpec, runRace } from "../train/race/race";
import type { ExitCode, Terminal } from "./run";

interface Racing {
  readonly open: () => Promise<Executor>;
  readonly kernels: KernelChoice;
  readonly json: boolean;
}

/** Of this machine's memory, what a race may take where the CPU computes. */
const SHARE = 0.5;

/** Races the cells and prints every validation, then the table and what was measured of GRU and LSTM. */
export async function race(spec: RaceSpec, dataset: Dataset, { open, kernels, json }: Racing, terminal: Terminal): Promise<ExitCode> {
  const controller = new AbortController();
  const { signal } = controller;
  terminal.onInterrupt(() => controller.abort());
  const lanes = spec.cells.map((): { record?: RaceRecord; isOut: boolean } => ({ isOut: false }));
  let timings: readonly CallTiming[] = [];
  const records = (): RaceRecord[] => lanes.flatMap(({ record }) => (record === undefined ? [] : [record]));
  const isOut = (record: RaceRecord): boolean => lanes.some((lane) => lane.isOut && lane.record === record);
  const isText = spec.config.task.kind === "text";
  const device = await deviceOf(open);
  terminal.tell(`Racing on ${device.name} (${device.executor}).`);
  // A GPU's own memory is not known: allocating has the last word there.
  const most = device.isSoftware ? totalmem() * SHARE : undefined;
  checkRaceFits(spec.cells, raceCosts(spec.config, spec.cells, facts(dataset)), most);
  try {
    const finished = await runRace(
      spec,
      dataset,
      {
        openExecutor: open,
        async chooseForms(executor, config) {
          const forms = await formsOfRun(executor.facts, open, config, facts(dataset), { choice: kernels, known: timings, signal });
          if (forms.choice === "measured") timings = forms.timings;
          return forms.chooseForm;
        },
        onReady(index, ready) {
          const lane = lanes[index];
          const cell = spec.cells[index];
          if (lane !== undefined && cell !== undefined) lane.record = new RaceRecord(cell, ready);
        },
        onSlice(index, rows, ms) {
          const metrics = Array.from({ length: rowCount(rows) }, (_, i) => metricsRow(rows, i));
          lanes[index]?.record?.addSlice(
            ms,
            metrics.map(({ loss }) => loss),
            metrics.map(({ accuracy }) => accuracy),
          );
        },
        onValidation(index, result) {
          const record = lanes[index]?.record;
          if (record === undefined) return;
          record.validations.push(result);
          const report = validationReport(record, result, isText);
          terminal.print(json ? JSON.stringify(report) : validationLine(report));
        },
        onOut(index, { message, advice }) {
          const lane = lanes[index];
          if (lane !== undefined) lane.isOut = true;
          terminal.tell(`${cellNames[spec.cells[index] ?? spec.config.model.cell]} is out: ${message} ${advice}`);
        },
      },
      signal,
      "terminal",
    );
    const table = standings(records(), isOut);
    const claim = claimMeasured(records(), isOut, true);
    if (json) terminal.print(JSON.stringify({ race: raceReport(table), claim, device: device.name }));
    else for (const line of [...tableLines(table, isText), "", claim.measured, ...claim.caveats]) terminal.print(line);
    return finished === spec.cells.length ? 0 : 1;
  } catch (error) {
    if (signal.aborted) return 130;
    throw error;
  }
}

/** What the contestants will train on. */
async function deviceOf(open: () => Promise<Executor>): Promise<DeviceFacts> {
  const executor = await open();
  executor.destroy();
  return executor.facts;
}

interface ValidationReport {
  readonly cell: string;
  readonly step: number;
  readonly trainSeconds: number;
  readonly trainLoss: number | null;
  readonly valLoss: number;
  readonly valPerplexity?: number;
  readonly valAccuracy: number;
  readonly full: boolean;
}

function validationReport(record: RaceRecord, { step, loss, accuracy, full }: RaceValidation, isText: boolean): ValidationReport {
  return {
    cell: record.cell,
    step,
    trainSeconds: record.msAt(step) / 1000,
    trainLoss: lossBefore(record, step) ?? null,
    valLoss: loss,
    ...(isText && { valPerplexity: Math.exp(loss) }),
    valAccuracy: accuracy,
    full,
  };
}

const show = (value: number | null | undefined, digits = 4): string =>
  value === null || value === undefined ? "-" : value.toFixed(digits);
const share = (value: number | undefined): string => (value === undefined ? "-" : `${(value * 100).toFixed(2)} %`);

const validationLine = ({ cell, step, trainSeconds, trainLoss, valLoss, valAccuracy, full }: ValidationReport): string =>
  [
    `step ${String(step).padStart(6)}`,
    cell.padEnd(8),
    `${trainSeconds.toFixed(2).padStart(8)} s`,
    `train ${show(trainLoss)}`,
    `validation ${show(valLoss)}`,
    `accuracy ${share(valAccuracy)}`,
    full ? "(whole set)" : "",
  ]
    .join("  ")
    .trimEnd();

/** The table of the race as data; times in milliseconds and seconds. */
function raceReport({ steps, ms, contestants }: Standings) {
  return {
    equalSteps: steps,
    equalSeconds: ms / 1000,
    contestants: contestants.map(({ record, msPerStep, atEqualSteps, atEqualTime }) => ({
      cell: record.cell,
      ...record.facts,
      rounds: record.slices.length,
      msPerStep,
      atEqualSteps: {
        seconds: atEqualSteps.ms / 1000,
        trainLoss: atEqualSteps.trainLoss ?? null,
        validation: atEqualSteps.validation ?? null,
        full: atEqualSteps.full ?? null,
      },
      atEqualTime: {
        step: atEqualTime.step,
        trainLoss: atEqualTime.trainLoss ?? null,
        validation: atEqualTime.validation ?? null,
      },
    })),
  };
}

/** The table of the race for people. */
function tableLines({ steps, validatedStep, ms, contestants }: Standings, isText: boolean): string[] {
  const row = (name: string, of: (standing: Standing) => string): string[] => [name, ...contestants.map(of)];
  const perplexity = (name: string, of: (standing: Standing) => number | undefined): string[][] =>
    isText ? [row(name, (each) => show(expOf(of(each)), 2))] : [];
  const rows = [
    row("", ({ record }) => cellNames[record.cell]),
    row("parameters", ({ record }) => record.facts.parameters.toLocaleString("en-US")),
    row("MFLOP per step", ({ record }) => (record.facts.flopsPerStep / 1e6).toFixed(1)),
    row("MiB", ({ record }) => (record.facts.bytes / 2 ** 20).toFixed(1)),
    row("ms per step, median", (each) => each.msPerStep.median.toPrecision(3)),
    row("  middle half", ({ msPerStep: { low, high } }) => `${low.toPrecision(3)} - ${high.toPrecision(3)}`),
    row("preparing, not counted", ({ record }) => `${(record.facts.prepareMs / 1000).toFixed(2)} s`),
    row(`after ${steps} steps each: time`, (each) => `${(each.atEqualSteps.ms / 1000).toFixed(2)} s`),
    row("  training loss", (each) => show(each.atEqualSteps.trainLoss)),
    row(`  validation loss at step ${validatedStep}`, (each) => show(each.atEqualSteps.validation?.loss)),
    row("  accuracy", (each) => share(each.atEqualSteps.validation?.accuracy)),
    row("  whole set: loss", (each) => show(each.atEqualSteps.full?.loss)),
    ...perplexity("  whole set: perplexity", (each) => each.atEqualSteps.full?.loss),
    row("  whole set: accuracy", (each) => share(each.atEqualSteps.full?.accuracy)),
    row(`after ${(ms / 1000).toFixed(2)} s each: steps`, (each) => String(Math.floor(each.atEqualTime.step))),
    row("  training loss", (each) => show(each.atEqualTime.trainLoss)),
    row("  validation loss", (each) => show(each.atEqualTime.validation?.loss)),
    ...perplexity("  perplexity", (each) => each.atEqualTime.validation?.loss),
    row("  accuracy", (each) => share(each.atEqualTime.validation?.accuracy)),
  ];
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((cells) => cells[i]?.length ?? 0))) ?? [];
  return rows.map((cells) => cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  "));
}

const expOf = (loss: number | undefined): number | undefined => (loss === undefined ? undefined : Math.exp(loss));
