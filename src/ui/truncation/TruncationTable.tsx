import type { TruncationComparison, TruncationRow } from "../../worker/protocol";
import { Help } from "../controls/Help";
import { formatBytes } from "../format";
import { EstimatorMark } from "./EstimatorMark";
import { estimatorNames, isTooRare, type Part, shortFigure } from "./figures";

const columns = [
  ["Length", "k of the fixed window, or the mean number of steps between two random cuts."],
  ["Cosine", "Of the angle between truncated and full gradient of the same batch: mean and standard deviation. 1: the same direction."],
  ["Norm ratio", "Norm of the truncated gradient over that of the full one: mean and standard deviation."],
  [
    "Along full",
    "The share of the full gradient that the truncated one has along it, with the standard error of the draws. 1 on average without bias.",
  ],
  ["Bias", "Norm of the mean difference between truncated and full gradient, as a share of the norm of the mean full gradient."],
  ["By chance", "What that norm would be from the chance of the draws alone, had the estimator no bias."],
] as const;

interface Props {
  readonly comparison: TruncationComparison;
  readonly part: Part;
  readonly isOwn: (row: TruncationRow) => boolean;
  readonly hovered: number | undefined;
}

const pair = (mean: number, error: number): string => `${shortFigure(mean)} ± ${shortFigure(error)}`;

function Row({
  row,
  part,
  steps,
  own,
  hovered,
}: {
  readonly row: TruncationRow;
  readonly part: Part;
  readonly steps: number;
  readonly own: boolean;
  readonly hovered: boolean;
}) {
  const { cosine, normRatio, along, bias } = row[part];
  const rare = isTooRare(row, steps);
  return (
    <tr data-estimator={row.estimator} data-hovered={hovered || undefined}>
      <th scope="row">
        <svg width="12" height="12" aria-hidden="true">
          <EstimatorMark estimator={row.estimator} x={6} y={6} />
        </svg>{" "}
        {estimatorNames[row.estimator]}
        {own && <span className="tag">this run</span>}
      </th>
      <td>{row.length}</td>
      <td>{pair(cosine.mean, cosine.deviation)}</td>
      <td>{pair(normRatio.mean, normRatio.deviation)}</td>
      <td>{row.estimator === "fixed" ? shortFigure(along.mean) : pair(along.mean, along.standardError)}</td>
      <td>{bias === null ? "–" : shortFigure(bias.relative)}</td>
      <td>
        {bias === null ? "–" : row.estimator === "fixed" ? "none" : shortFigure(bias.chance)}
        {rare && <span title="Larger than these draws can show">*</span>}
      </td>
    </tr>
  );
}

/** Every figure of a comparison. */
export function TruncationTable({ comparison, part, isOwn, hovered }: Props) {
  const { rows, steps, biasBytes } = comparison;
  return (
    <>
      <div className="table-scroll">
        <table className="figures truncation-table" data-testid="truncation-table">
          <thead>
            <tr>
              <th scope="col">Truncation</th>
              {columns.map(([name, help]) => (
                <th key={name} scope="col">
                  <span className="truncation-column">
                    {name} <Help label={name}>{help}</Help>
                  </span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Row key={`${row.estimator} ${row.length}`} {...{ row, part, steps }} own={isOwn(row)} hovered={row.length === hovered} />
            ))}
          </tbody>
        </table>
      </div>
      {rows.some((row) => isTooRare(row, steps)) && (
        <p className="quiet">
          * Larger than these draws can show. With short means the compensated gradient is right on average only through uncut paths that
          are rarer than one in these draws and weigh all the more; more draws or a larger mean show them.
        </p>
      )}
      {biasBytes !== null && (
        <p className="quiet">
          The bias was not measured: for a model of this size and so many settings it would take {formatBytes(biasBytes)}. Name fewer window
          lengths to measure it.
        </p>
      )}
    </>
  );
}
