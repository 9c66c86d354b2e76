import { useMemo } from "react";
import type { GradientHorizon } from "../../horizon";
import { type HorizonColumn, horizonColumns, probeGates } from "../../probes";
import { Help } from "../controls/Help";
import { type Diagnosis, formatShare, formatSteps, formatTimes } from "../diagnosis";
import { formatCount, formatNumber } from "../format";
import type { KeptFrame } from "../probeHistory";
import { HorizonChart, layerDash } from "./HorizonChart";
import { curveOf, earlierHorizons } from "./horizonCurves";
import { type ShownFrame, useTime } from "./timeState";
import { formatPower } from "./valueScale";

/** A half-life of that many sequences changes a norm by less than a tenth over one. */
const LEVEL = 7;
const help =
  "The gradient of the last step's loss alone, never truncated, from a backward pass of its own: how much of it is left so many steps before. " +
  "The half-life is the median slope of its logarithm. Grey: earlier in the run.";

/** Steps to a half, or to the double; "level" where it would take longer than could be told from so few steps. */
function paceFigure({ halfLifeSteps, doublingSteps, reach }: GradientHorizon): string {
  if (Number.isNaN(halfLifeSteps)) return "–";
  const steps = Math.min(halfLifeSteps, doublingSteps);
  if (steps > LEVEL * reach) return "level";
  return Number.isFinite(halfLifeSteps) ? formatSteps(steps) : `doubles in ${formatSteps(steps)}`;
}

const leftFigure = (left: number): string =>
  left === 0 ? "0" : left < 1e-6 ? formatPower(left) : left < 1.005 ? formatShare(left) : `× ${formatTimes(left)}`;

const radiusFigure = (radius: number): string => (radius < 100 ? radius.toFixed(2) : formatNumber(radius));

function HorizonTable({
  kept,
  column,
  layers,
}: {
  readonly kept: KeptFrame | undefined;
  readonly column: HorizonColumn;
  readonly layers: number;
}) {
  const frame = kept?.horizon && kept.frame;
  const of = layers === 1 ? [undefined] : [undefined, ...Array.from({ length: layers }, (_, layer) => layer)];
  const rows = of.map((layer) => ({ layer, horizon: kept && curveOf(kept, layer, column)?.horizon }));
  const gates = frame === undefined ? [] : probeGates[frame.layout.cell];
  return (
    <div className="table-scroll">
      <table className="figures horizon-figures">
        <thead>
          <tr>
            <th scope="col">
              <span className="hidden">Layer</span>
            </th>
            <th scope="col">Half-life</th>
            <th scope="col">Left</th>
            {gates.map(({ name }) => (
              <th key={name} scope="col" title={`Spectral radius of the recurrent matrix of ${name}`}>
                ρ({name})
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ layer, horizon }) => (
            <tr key={layer ?? "all"}>
              <th scope="row">{layer === undefined ? (layers === 1 ? "Layer 1" : "All layers") : `Layer ${layer + 1}`}</th>
              <td>{horizon === undefined ? "–" : paceFigure(horizon)}</td>
              <td>{horizon === undefined || Number.isNaN(horizon.left) ? "–" : leftFigure(horizon.left)}</td>
              {gates.map(({ name }, gate) => (
                <td key={name}>{layer === undefined && layers > 1 ? "" : frame && radiusFigure(frame.spectralRadius(layer ?? 0, gate))}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface Props {
  readonly shown: ShownFrame | undefined;
  readonly kept: KeptFrame | undefined;
  readonly diagnosis: Diagnosis | undefined;
  readonly steps: number;
  readonly layers: number;
  readonly cutDistance: number | undefined;
  readonly distance: number;
  readonly onHover: (distance: number | undefined) => void;
}

/** How far back the gradient of the last step's loss reaches: the curve, and its figures by layer. */
export function HorizonPanel({ shown, kept, diagnosis, steps, layers, cutDistance, distance, onHover }: Props) {
  const chosen = useTime((state) => state.horizonOf);
  const hasCell = kept?.frame.layout.cell === "lstm";
  const column = hasCell ? chosen : horizonColumns[0];
  const index = shown?.index ?? -1;
  const frames = shown?.frames;
  const earlier = useMemo(() => earlierHorizons(frames ?? [], index), [frames, index]);
  const here = kept && curveOf(kept, undefined, column)?.norms[distance];
  return (
    <section className="horizon" aria-labelledby="horizon-title" data-testid="horizon">
      <figure className="chart">
        <figcaption className="chart-head">
          <div className="chart-title">
            <h2 id="horizon-title">
              Gradient horizon <span className="unit">{kept?.horizon && `measured at step ${formatCount(kept.horizon.step)}`}</span>
            </h2>
            <Help label="Gradient horizon">{help}</Help>
          </div>
          <span className="chart-keys">
            <span>
              <span className="key" /> {layers === 1 ? "Layer 1" : "All layers"}
            </span>
            {layers > 1 &&
              Array.from({ length: layers }, (_, layer) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a layer is its number
                <span key={layer}>
                  <svg className="key-line" width="20" height="6" aria-hidden="true">
                    <line x1="0" x2="20" y1="3" y2="3" strokeDasharray={layerDash(layer)} />
                  </svg>{" "}
                  {layer + 1}
                </span>
              ))}
          </span>
          {hasCell && (
            <label className="check">
              <input
                type="checkbox"
                checked={column === "dCell"}
                onChange={(event) => useTime.setState({ horizonOf: event.target.checked ? "dCell" : "dHidden" })}
              />
              of the cell state
            </label>
          )}
        </figcaption>
        <HorizonChart {...{ kept, earlier, column, steps, layers, cutDistance, distance, onHover }} fit={diagnosis?.horizon} />
      </figure>
      <div className="horizon-side">
        <p className="horizon-here quiet">
          {distance === 0 ? "At the loss" : `${distance} ${distance === 1 ? "step" : "steps"} back`}:{" "}
          <b>{here === 0 ? "0" : formatNumber(here)}</b>
        </p>
        <HorizonTable kept={kept} column={column} layers={layers} />
        <p className="quiet">
          Half-life in steps; left at the first step, of what there is at the loss. ρ: spectral radius of each recurrent matrix.
        </p>
      </div>
    </section>
  );
}
