import { Fragment } from "react";
import type { Span } from "../charts/ranges";
import { formatNumber, formatPercent } from "../format";
import { BreakableName } from "../panels/BreakableName";
import { type ParameterSeries, parameterQuantities } from "../parameterSeries";
import type { SeriesBucket } from "../seriesTable";
import type { ParameterGroup, ParameterRow } from "./parameterRows";
import { Sparkline } from "./Sparkline";
import { RATIO, verdictNames } from "./verdict";

interface Props {
  readonly series: ParameterSeries;
  readonly groups: readonly ParameterGroup[];
  /** Of all parameters' columns, in their order. */
  readonly buckets: readonly SeriesBucket[];
  readonly span: Span;
  readonly logSteps: boolean;
  readonly selected: number;
  readonly onSelect: (index: number) => void;
}

const titles = { gradient: "Gradient norm", weight: "Weight norm", ratio: "Update / weight" } as const;

function lastText({ table, column }: { readonly table: ParameterSeries["table"]; readonly column: number }, isRatio: boolean): string {
  const value = table.rows.at(table.length - 1, column);
  return isRatio ? formatPercent(value, 3) : formatNumber(value);
}

function Row({ row, ...rest }: Omit<Props, "groups"> & { readonly row: ParameterRow }) {
  const { series, buckets, span, logSteps, selected, onSelect } = rest;
  const { index, name, verdict } = row;
  return (
    <tr data-selected={index === selected || undefined}>
      <th scope="row">
        <button type="button" className="parameter-name" aria-pressed={index === selected} onClick={() => onSelect(index)}>
          <BreakableName of={name} />
        </button>
        {verdictNames[verdict] !== "" && <span className={`verdict verdict-${verdict}`}>{verdictNames[verdict]}</span>}
      </th>
      {parameterQuantities.map((quantity) => {
        const column = series.column(index, quantity);
        return (
          <td key={quantity}>
            <span className="parameter-figure" title={titles[quantity]}>
              <Sparkline
                buckets={buckets}
                value={index * parameterQuantities.length + parameterQuantities.indexOf(quantity)}
                span={span}
                logSteps={logSteps}
                {...(quantity === "ratio" && { good: RATIO })}
              />
              <span className="parameter-value">{lastText({ table: series.table, column }, quantity === "ratio")}</span>
            </span>
          </td>
        );
      })}
    </tr>
  );
}

/** Every parameter in a row of its own, by layer, the worst first. */
export function ParameterTable({ groups, ...rest }: Props) {
  return (
    <table className="parameter-table">
      <thead>
        <tr>
          <th scope="col">Parameter</th>
          {parameterQuantities.map((quantity) => (
            <th key={quantity} scope="col">
              {titles[quantity]}
            </th>
          ))}
        </tr>
      </thead>
      {groups.map(({ name, rows }) => (
        <tbody key={name}>
          <tr className="parameter-group">
            <th scope="rowgroup" colSpan={4}>
              {name}
            </th>
          </tr>
          {rows.map((row) => (
            <Fragment key={row.index}>
              <Row row={row} {...rest} />
            </Fragment>
          ))}
        </tbody>
      ))}
    </table>
  );
}
