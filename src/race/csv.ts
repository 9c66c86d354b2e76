import { cellNames, type RaceRecord } from "./record";
import { quick, type Standings } from "./standings";

const line = (cells: readonly (string | number | undefined)[]): string =>
  cells.map((cell) => (typeof cell === "string" && /[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : (cell ?? ""))).join(",");

/** Every step and every validation of a race; seconds are the contestant's own training time. */
export function curvesCsv(records: readonly RaceRecord[]): string {
  const rows = records.flatMap((record) => {
    const { cell } = record;
    const steps = record.losses.map((loss, i) => line([cell, "training", i + 1, record.msAt(i + 1) / 1000, loss, record.accuracies[i]]));
    const validations = record.validations.map(({ step, loss, accuracy, full }) =>
      line([cell, full ? "validation, whole set" : "validation", step, record.msAt(step) / 1000, loss, accuracy]),
    );
    return [...steps, ...validations];
  });
  return `${["cell,measure,step,seconds,loss,accuracy", ...rows].join("\n")}\n`;
}

/** The table of a race, one line for each contestant; an empty field was not measured. */
export function standingsCsv({ steps, ms, contestants }: Standings): string {
  const columns: readonly (readonly [string, (of: Standings["contestants"][number]) => string | number | undefined])[] = [
    ["cell", ({ record }) => record.cell],
    ["name", ({ record }) => cellNames[record.cell]],
    ["parameters", ({ record }) => record.facts.parameters],
    ["bytes", ({ record }) => record.facts.bytes],
    ["flop_per_step", ({ record }) => record.facts.flopsPerStep],
    ["prepare_seconds", ({ record }) => record.facts.prepareMs / 1000],
    ["slices", ({ record }) => record.slices.length],
    ["ms_per_step_median", (of) => of.msPerStep.median],
    ["ms_per_step_quarter", (of) => of.msPerStep.low],
    ["ms_per_step_three_quarters", (of) => of.msPerStep.high],
    ["equal_steps", () => steps],
    ["seconds_at_equal_steps", (of) => of.atEqualSteps.ms / 1000],
    ["train_loss_at_equal_steps", (of) => of.atEqualSteps.trainLoss],
    ["validation_targets", ({ record }) => quick(record)[0]?.targets],
    ["validation_loss_at_equal_steps", (of) => of.atEqualSteps.validation?.loss],
    ["validation_accuracy_at_equal_steps", (of) => of.atEqualSteps.validation?.accuracy],
    ["whole_set_targets", (of) => of.atEqualSteps.full?.targets],
    ["whole_set_loss_at_equal_steps", (of) => of.atEqualSteps.full?.loss],
    ["whole_set_accuracy_at_equal_steps", (of) => of.atEqualSteps.full?.accuracy],
    ["equal_seconds", () => ms / 1000],
    ["step_at_equal_time", (of) => of.atEqualTime.step],
    ["train_loss_at_equal_time", (of) => of.atEqualTime.trainLoss],
    ["validation_loss_at_equal_time", (of) => of.atEqualTime.validation?.loss],
    ["validation_accuracy_at_equal_time", (of) => of.atEqualTime.validation?.accuracy],
  ];
  const rows = contestants.map((contestant) => line(columns.map(([, of]) => of(contestant))));
  return `${[line(columns.map(([name]) => name)), ...rows].join("\n")}\n`;
}
