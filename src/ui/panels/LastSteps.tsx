import { METRIC_COLUMNS, metricColumns } from "../../worker/protocol";
import type { ExplosionReport } from "../../worker/reports";
import { formatCount, formatNumber } from "../format";

interface Point {
  readonly step: number;
  readonly loss: number;
  readonly gradNorm: number;
  readonly clipped: boolean;
}

const column = (name: (typeof metricColumns)[number]): number => metricColumns.indexOf(name);

function pointsOf(rows: Float32Array): Point[] {
  return Array.from({ length: rows.length / METRIC_COLUMNS }, (_, i) => {
    const at = (name: (typeof metricColumns)[number]): number => rows[i * METRIC_COLUMNS + column(name)] ?? Number.NaN;
    return { step: at("step"), loss: at("loss"), gradNorm: at("gradNorm"), clipped: at("clipped") === 1 };
  });
}

/** Of the picture, in units of its own. */
const WIDTH = 300;
const HEIGHT = 70;
const EDGE = 4;

const isDrawn = (value: number): boolean => Number.isFinite(value) && value > 0;

/** One metric of the last steps on a logarithmic axis; steps at which it was not finite are crosses at the top. */
function Curve({ points, metric, title, risesFrom }: CurveProps) {
  const values = points.map((point) => point[metric]);
  const finite = values.filter(isDrawn);
  if (finite.length === 0) return null;
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const span = Math.log(high / low) || 1;
  const x = (i: number): number => EDGE + ((WIDTH - 2 * EDGE) * i) / Math.max(1, points.length - 1);
  const y = (value: number): number => HEIGHT - EDGE - ((HEIGHT - 4 * EDGE) * Math.log(value / low)) / span;
  const line = values.flatMap((value, i) => (isDrawn(value) ? [`${x(i).toFixed(1)},${y(value).toFixed(1)}`] : []));
  const rise = risesFrom === null ? -1 : points.findIndex(({ step }) => step === risesFrom);
  const last = values.at(-1) ?? Number.NaN;
  return (
    <figure className="last-steps">
      <figcaption>
        <h3>{title}</h3> <span className="quiet">log axis</span>
      </figcaption>
      <div className="last-steps-plot">
        <span>{formatNumber(high)}</span>
        <span>{formatNumber(low)}</span>
        <svg
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`${title} of steps ${formatCount(points[0]?.step)} to ${formatCount(points.at(-1)?.step)}: from ${formatNumber(low)} to ${formatNumber(high)}, at last ${formatNumber(last)}`}
        >
          {rise > 0 && <line className="last-steps-rise" x1={x(rise)} x2={x(rise)} y1={0} y2={HEIGHT} />}
          <polyline className="last-steps-line" points={line.length === 1 ? `${line[0]} ${line[0]}` : line.join(" ")} />
          {values.map((value, i) =>
            Number.isFinite(value) ? null : <path key={points[i]?.step} className="last-steps-wrong" d={`M${x(i) - 3} 2l6 6m0 -6l-6 6`} />,
          )}
        </svg>
      </div>
      <p className="last-steps-axis quiet">
        <span>step {formatCount(points[0]?.step)}</span>
        <span>{formatCount(points.at(-1)?.step)}</span>
      </p>
    </figure>
  );
}

interface CurveProps {
  readonly points: readonly Point[];
  readonly metric: "loss" | "gradNorm";
  readonly title: string;
  readonly risesFrom: number | null;
}

/** Loss and gradient norm of the last steps before a run diverged: curves, and all of the numbers. */
export function LastSteps({ report: { rows, lossRisesFrom, normRisesFrom } }: { readonly report: ExplosionReport }) {
  const points = pointsOf(rows);
  return (
    <>
      <div className="last-steps-pair">
        <Curve points={points} metric="loss" title="Loss" risesFrom={lossRisesFrom} />
        <Curve points={points} metric="gradNorm" title="Gradient norm" risesFrom={normRisesFrom} />
      </div>
      <details>
        <summary>The last {points.length === 1 ? "step" : `${points.length} steps`} in numbers</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable from the keyboard */}
        <section className="table-scroll explosion-table" aria-label="The last steps" tabIndex={0}>
          <table className="figures">
            <thead>
              <tr>
                <th scope="col">Step</th>
                <th scope="col">Loss</th>
                <th scope="col">Gradient norm</th>
                <th scope="col">Clipped</th>
              </tr>
            </thead>
            <tbody>
              {points.toReversed().map(({ step, loss, gradNorm, clipped }) => (
                <tr key={step}>
                  <th scope="row">{formatCount(step)}</th>
                  <td data-wrong={!Number.isFinite(loss) || undefined}>{formatNumber(loss)}</td>
                  <td data-wrong={!Number.isFinite(gradNorm) || undefined}>{formatNumber(gradNorm)}</td>
                  <td>{clipped ? "yes" : "no"}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </details>
    </>
  );
}
