import { gradientHorizon, horizonNorms } from "../horizon";
import { type ProbeFrame, probeGates } from "../probes";

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** What one layer's probes say, for a report: by time step, or the mean over the steps. */
function layerReport(frame: ProbeFrame, layer: number) {
  const { layout } = frame;
  const steps = range(layout.steps);
  const gates = probeGates[layout.cell];
  const byGate = <T>(value: (gate: number) => T) => Object.fromEntries(gates.map(({ name }, gate) => [name, value(gate)]));
  return {
    spectralRadius: byGate((gate) => frame.spectralRadius(layer, gate)),
    saturated: byGate((gate) => {
      const each = steps.map((t) => frame.saturation(layer, t, gate));
      return { low: mean(each.map(({ low }) => low)), high: mean(each.map(({ high }) => high)) };
    }),
    hiddenMean: mean(steps.map((t) => frame.state(layer, t, "hiddenMean"))),
    hiddenDeviation: mean(steps.map((t) => frame.state(layer, t, "hiddenDeviation"))),
    nonFinite: steps.reduce((sum, t) => sum + frame.state(layer, t, "nonFiniteForward") + frame.state(layer, t, "nonFiniteBackward"), 0),
    dHidden: steps.map((t) => frame.state(layer, t, "dHidden")),
    ...(layout.cell === "lstm" && { dCell: steps.map((t) => frame.state(layer, t, "dCell")) }),
  };
}

/** One probed step as an object for JSON, in which numbers that are not finite become null. */
export function probeReport(frame: ProbeFrame) {
  const { layout, step, hasHorizon } = frame;
  const norms = [...horizonNorms(frame, undefined)];
  const { slope, halfLifeSteps, doublingSteps, left, reach } = gradientHorizon(norms);
  return {
    probe: {
      step,
      clipCosine: frame.header("clipCosine"),
      horizon: hasHorizon ? { slope, halfLifeSteps, doublingSteps, left, reach, norms } : null,
      layers: range(layout.layers).map((layer) => layerReport(frame, layer)),
      parameters: Object.fromEntries(
        layout.parameters.map((name, index) => {
          const norm = (column: "gradient" | "weight" | "update") => frame.parameter(index, column);
          return [name, { gradient: norm("gradient"), weight: norm("weight"), update: norm("update") }];
        }),
      ),
    },
  };
}

/** The same in a line for people: how far back the gradient reaches, and what each layer's recurrent matrices do. */
export function probeLine(frame: ProbeFrame): string {
  const { probe } = probeReport(frame);
  const radii = probe.layers.map(({ spectralRadius }) =>
    Object.entries(spectralRadius)
      .map(([gate, radius]) => `${gate} ${radius.toFixed(3)}`)
      .join(" "),
  );
  const { horizon } = probe;
  const reach =
    horizon === null
      ? []
      : [
          Number.isFinite(horizon.halfLifeSteps)
            ? `gradient halves every ${horizon.halfLifeSteps.toPrecision(3)} steps`
            : Number.isFinite(horizon.doublingSteps)
              ? `gradient doubles every ${horizon.doublingSteps.toPrecision(3)} steps`
              : "no half-life",
        ];
  return [`step ${String(probe.step).padStart(6)}`, "probe", ...reach, `spectral radius ${radii.join(", ")}`].join("  ");
}
