import type { ReactNode } from "react";
import { LOSS_WINDOW, quick, type Standing, type Standings, standings } from "../../race/standings";
import { formatBytes, formatCount, formatFlops, formatNumber, formatPercent } from "../format";
import { ContestantName } from "./Contestant";
import { isOut, type RaceView, recordsOf, useRace } from "./raceStore";

const seconds = (ms: number): string => (ms === 0 ? "–" : `${(ms / 1000).toPrecision(3)} s`);
const milliseconds = (ms: number): string => (Number.isFinite(ms) ? ms.toPrecision(3) : "–");

interface RowProps {
  readonly name: ReactNode;
  readonly of: (standing: Standing) => ReactNode;
  readonly table: Standings;
}

function Row({ name, of, table }: RowProps) {
  return (
    <tr>
      <th scope="row">{name}</th>
      {table.contestants.map((standing) => (
        <td key={standing.record.cell}>{of(standing)}</td>
      ))}
    </tr>
  );
}

function Group({ title, columns, children }: { readonly title: string; readonly columns: number; readonly children: ReactNode }) {
  return (
    <tbody>
      <tr className="race-group">
        <th scope="rowgroup" colSpan={columns + 1}>
          {title}
        </th>
      </tr>
      {children}
    </tbody>
  );
}

/** Loss, accuracy and for text perplexity, of what was validated. */
function QualityRows({
  name,
  of,
  table,
  isText,
}: { readonly name: string; readonly isText: boolean } & Omit<RowProps, "name" | "of"> & {
    readonly of: (standing: Standing) => { readonly loss: number; readonly accuracy: number } | undefined;
  }) {
  return (
    <>
      <Row name={`${name}: loss`} table={table} of={(each) => formatNumber(of(each)?.loss)} />
      {isText && <Row name={`${name}: perplexity`} table={table} of={(each) => formatNumber(perplexity(of(each)))} />}
      <Row name={`${name}: accuracy`} table={table} of={(each) => formatPercent(of(each)?.accuracy)} />
    </>
  );
}

const perplexity = (quality: { readonly loss: number } | undefined): number | undefined => quality && Math.exp(quality.loss);

/** The race in figures: the networks, their speed, and what they reached at equal steps and at equal time. */
export function RaceTable({ race }: { readonly race: RaceView }) {
  useRace((state) => state.raceVersion);
  const table = standings(recordsOf(race), (record) => isOut(race, record));
  const columns = table.contestants.length;
  if (columns === 0) return null;
  const isText = race.config.task.kind === "text";
  const targets = table.contestants.flatMap(({ record }) => quick(record))[0]?.targets;
  const whole = table.contestants.flatMap(({ atEqualSteps: { full } }) => full ?? [])[0]?.targets;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: four contestants on a phone scroll sideways, by keyboard too
    <section className="table-scroll" aria-label="Figures of the race" tabIndex={0}>
      <table className="figures race-table" data-testid="race-table">
        <caption className="hidden">The contestants in figures</caption>
        <thead>
          <tr>
            <td />
            {table.contestants.map(({ record }) => (
              <th key={record.cell} scope="col">
                <ContestantName cell={record.cell} />
                {isOut(race, record) && <span className="race-out">out after {formatCount(record.steps)} steps</span>}
              </th>
            ))}
          </tr>
        </thead>
        <Group title="The network" columns={columns}>
          <Row name="Parameters" table={table} of={({ record }) => formatCount(record.facts.parameters)} />
          <Row name="Arithmetic per step" table={table} of={({ record }) => formatFlops(record.facts.flopsPerStep)} />
          <Row name="Memory" table={table} of={({ record }) => formatBytes(record.facts.bytes)} />
        </Group>
        <Group title="Speed" columns={columns}>
          <Row name="ms per step, median" table={table} of={(each) => milliseconds(each.msPerStep.median)} />
          <Row
            name="middle half of the rounds"
            table={table}
            of={({ msPerStep: { low, high } }) => (Number.isFinite(low) ? `${milliseconds(low)} – ${milliseconds(high)}` : "–")}
          />
          <Row name="Preparing, not counted" table={table} of={({ record }) => seconds(record.facts.prepareMs)} />
        </Group>
        <Group title={`At equal steps: ${formatCount(table.steps)} each`} columns={columns}>
          <Row name="Training time" table={table} of={(each) => seconds(each.atEqualSteps.ms)} />
          <Row name={`Training loss, last ${LOSS_WINDOW} steps`} table={table} of={(each) => formatNumber(each.atEqualSteps.trainLoss)} />
          <QualityRows
            name={`Validation on ${formatCount(targets)}${table.validatedStep < table.steps ? `, step ${formatCount(table.validatedStep)}` : ""}`}
            table={table}
            isText={isText}
            of={(each) => each.atEqualSteps.validation}
          />
          {whole !== undefined && whole !== targets && (
            <QualityRows name="Whole validation set" table={table} isText={isText} of={(each) => each.atEqualSteps.full} />
          )}
        </Group>
        <Group title={`At equal time: ${seconds(table.ms)} of training each`} columns={columns}>
          <Row name="Steps done" table={table} of={(each) => formatCount(Math.floor(each.atEqualTime.step))} />
          <Row name={`Training loss, last ${LOSS_WINDOW} steps`} table={table} of={(each) => formatNumber(each.atEqualTime.trainLoss)} />
          <QualityRows
            name={`Validation on ${formatCount(targets)}`}
            table={table}
            isText={isText}
            of={(each) => each.atEqualTime.validation}
          />
        </Group>
      </table>
    </section>
  );
}
