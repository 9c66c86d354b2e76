import { type ProbeFrame, type ProbeLayout, probeFrames, probeGates } from "../probes";
import type { WorkerClient } from "../worker/client";
import type { RunHistory } from "./series";
import { SeriesTable } from "./seriesTable";
import { useApp } from "./store";

/** Numbers kept of a run's parameters: 32 MiB of them. Older ones stay in the curve of the whole run. */
const MAX_NUMBERS = 2 ** 23;
const COSINE = 1;
const FIRST_PARAMETER = 2;
const PER_PARAMETER = 3;

/** What is followed of each parameter: norms of its gradient and of itself, and how much of itself a step changes. */
export const parameterQuantities = ["gradient", "weight", "ratio"] as const;
export type ParameterQuantity = (typeof parameterQuantities)[number];

/** What the probes tell of the parameters of one run, as series over its probed steps. */
export class ParameterSeries {
  readonly layout: ProbeLayout;
  readonly table: SeriesTable;

  constructor(layout: ProbeLayout) {
    this.layout = layout;
    const columns = FIRST_PARAMETER + PER_PARAMETER * layout.parameters.length + layout.layers * probeGates[layout.cell].length;
    this.table = new SeriesTable(columns, Math.floor(MAX_NUMBERS / columns));
  }

  /** The cosine between the gradient and what clipping by value makes of it. */
  get cosineColumn(): number {
    return COSINE;
  }

  /** @param index of layout.parameters. */
  column(index: number, quantity: ParameterQuantity): number {
    return FIRST_PARAMETER + PER_PARAMETER * index + parameterQuantities.indexOf(quantity);
  }

  /** Of a layer's recurrent matrix, one column for each gate. */
  spectralColumns(layer: number): number[] {
    const gates = probeGates[this.layout.cell].length;
    const first = FIRST_PARAMETER + PER_PARAMETER * this.layout.parameters.length + layer * gates;
    return Array.from({ length: gates }, (_, gate) => first + gate);
  }

  /** @param rows probe rows as they come from the worker. */
  append(rows: Float32Array): void {
    const frames = probeFrames(this.layout, rows);
    this.table.append(Float32Array.from(frames.flatMap((frame) => this.#row(frame))));
  }

  #row(frame: ProbeFrame): number[] {
    const { parameters, layers, cell } = this.layout;
    return [
      frame.step,
      frame.header("clipCosine"),
      ...parameters.flatMap((_, i) => {
        const weight = frame.parameter(i, "weight");
        return [frame.parameter(i, "gradient"), weight, weight === 0 ? 0 : frame.parameter(i, "update") / weight];
      }),
      ...Array.from({ length: layers }, (_, layer) => probeGates[cell].map((__, gate) => frame.spectralRadius(layer, gate))).flat(),
    ];
  }
}

const series = new WeakMap<RunHistory, ParameterSeries>();

/** The series that belong to a run's metrics; undefined before its first probed step. */
export const parametersOf = (history: RunHistory): ParameterSeries | undefined => series.get(history);

/** Keeps the parameters' series of the run that is open. Once, at start-up. */
export function followParameters(client: WorkerClient): void {
  client.on("probes", ({ runId, rows }) => {
    const { run } = useApp.getState();
    if (run.id !== runId || run.resetting || run.facts === undefined) return;
    let found = series.get(run.history);
    if (found === undefined) {
      found = new ParameterSeries(run.facts.probes);
      series.set(run.history, found);
    }
    found.append(rows);
  });
}
