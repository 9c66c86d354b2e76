import { describe, expect, it } from "vitest";
import { probeLayout } from "../../probes";
import { ParameterSeries } from "../parameterSeries";
import { grouped, parameterRows } from "./parameterRows";
import { summary, verdictOf } from "./verdict";

const layout = probeLayout("gru", 3, 2, ["embed.weight", "rnn.weight_hh_l0", "rnn.bias_hh_l0", "rnn.weight_hh_l1", "fc.weight"]);

interface Norms {
  readonly gradient: number;
  readonly weight: number;
  readonly update: number;
}

/** A probe row with these norms, cosine 0.5 and spectral radii 1, 2, 3, ... */
function probeRow(step: number, norms: readonly Norms[]): Float32Array {
  const row = new Float32Array(layout.width);
  row.set([step, 0, 0.5]);
  row.set(
    norms.flatMap(({ gradient, weight, update }) => [gradient, weight, update]),
    layout.perParameter,
  );
  for (let i = layout.spectral; i < layout.width; i++) row[i] = i - layout.spectral + 1;
  return row;
}

const well: Norms = { gradient: 1, weight: 10, update: 0.01 };

function seriesOf(steps: number, at: (step: number) => readonly Norms[]): ParameterSeries {
  const series = new ParameterSeries(layout);
  const rows = Array.from({ length: steps }, (_, i) => probeRow(i * 10 || 1, at(i)));
  const all = new Float32Array(rows.length * layout.width);
  rows.forEach((row, i) => {
    all.set(row, i * layout.width);
  });
  series.append(all);
  return series;
}

describe("the series of the parameters", () => {
  it("keeps norms, ratio, cosine and spectral radii by step", () => {
    const series = seriesOf(3, () => [well, { gradient: 2, weight: 4, update: 1 }, { gradient: 0, weight: 0, update: 0 }, well, well]);
    const last = (column: number): number => series.table.rows.at(2, column);
    expect(last(0)).toBe(20);
    expect(last(series.cosineColumn)).toBe(0.5);
    expect((["gradient", "weight", "ratio"] as const).map((quantity) => last(series.column(1, quantity)))).toEqual([2, 4, 0.25]);
    expect(last(series.column(2, "ratio"))).toBe(0);
    expect(series.spectralColumns(0).map(last)).toEqual([1, 2, 3]);
    expect(series.spectralColumns(1).map(last)).toEqual([4, 5, 6]);
  });

  it("bounds what it keeps", () => {
    const series = seriesOf(2000, () => [well, well, well, well, well]);
    expect(series.table.rows.bytes).toBeLessThan(2 ** 20);
    expect(series.table.buckets([series.column(0, "gradient")]).length).toBeLessThanOrEqual(400);
  });
});

describe("a parameter", () => {
  const state = { gradient: 1, weight: 10, ratio: 1e-3, usualGradient: 1 };

  it.each([
    ["fine", {}, 1],
    ["fast", { ratio: 0.011 }, 1],
    ["slow", { ratio: 0.9e-4 }, 1],
    ["vanishing", {}, 1001],
    ["exploding", { gradient: 101 }, 101],
    ["broken", { gradient: Number.POSITIVE_INFINITY }, 1],
    ["broken", { ratio: Number.NaN }, 1],
    ["untrained", { gradient: 0, weight: 0, ratio: 0 }, 1],
  ] as const)("is %s by its rule", (verdict, change, largest) => {
    expect(verdictOf({ ...state, ...change }, largest)).toBe(verdict);
  });

  it("comes before others of its layer, and its layer before others, if it is worse", () => {
    const fast: Norms = { ...well, update: 1 };
    const rows = parameterRows(seriesOf(30, (i) => [well, well, well, well, i < 15 ? well : fast]));
    expect(grouped(rows).map(({ name }) => name)).toEqual(["Output", "Embedding", "Layer 1", "Layer 2"]);
    const broken: Norms = { ...well, gradient: Number.NaN };
    const worse = grouped(parameterRows(seriesOf(30, () => [well, well, broken, well, fast])));
    expect(worse[0]).toMatchObject({
      name: "Layer 1",
      rows: [
        { name: "rnn.bias_hh_l0", verdict: "broken" },
        { name: "rnn.weight_hh_l0", verdict: "fine" },
      ],
    });
    const still = grouped(parameterRows(seriesOf(30, () => [well, well, well, well, well])));
    expect(still.map(({ name }) => name)).toEqual(["Embedding", "Layer 1", "Layer 2", "Output"]);
  });

  it("is told of in one sentence", () => {
    const rows = parameterRows(seriesOf(30, () => [well, { ...well, update: 1 }, well, { ...well, gradient: 1e-5 }, well]));
    expect(summary(rows)).toBe("2 of 5 parameters stand out: rnn.weight_hh_l0 changes fast (10.000 % a step), rnn.weight_hh_l1 vanishing.");
    expect(summary(parameterRows(seriesOf(3, () => [well, well, well, well, well])))).toMatch(/^All 5 parameters change by/);
    expect(summary([])).toBe("");
  });
});
