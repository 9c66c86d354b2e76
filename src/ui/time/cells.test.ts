import { expect, test } from "vitest";
import { madeFrame } from "../../testing/probeFrames";
import { MARK, shadeCells, valuesOf } from "./cells";
import { LEVELS } from "./colourScale";
import { frameWith, quantitiesOf, quantityNamed, tellingQuantity } from "./quantities";
import { timePlan } from "./windows";

const digits = { kind: "digits" } as const;
const range = { kind: "log", low: 1e-4, high: 1 } as const;

function shaded(frame: Parameters<typeof madeFrame>[0], id: string, k?: number): number[] {
  const made = madeFrame({ steps: 4, layers: 1, ...frame });
  const quantity = quantityNamed(quantitiesOf(made.layout), id);
  expect(quantity.id).toBe(id);
  const plan = timePlan(digits, k === undefined ? { kind: "full" } : { kind: "fixed", k }, 4);
  const own = quantity.scale === "log" ? range : ({ kind: "linear", low: 0, high: 1 } as const);
  return Array.from(shadeCells(made, quantity, valuesOf(made, quantity), own, plan));
}

test("norms are levels on the log scale; zero has a mark of its own", () => {
  const norms = [0, 1e-4, 0.1, 5];
  expect(shaded({ state: (_, t, column) => (column === "dHidden" ? norms[t]! : 0) }, "dHidden")).toEqual([
    MARK.zero,
    0,
    Math.round((LEVELS - 1) * 0.75),
    LEVELS - 1,
  ]);
});

test("no gradient beyond the window is cut; the horizon is not cut, and what does pass is shown", () => {
  const norms = [0, 1, 1, 1];
  expect(shaded({ state: (_, t, column) => (column === "dHidden" ? norms[t]! : 0) }, "dHidden", 2)).toEqual([
    MARK.cut,
    LEVELS - 1,
    LEVELS - 1,
    LEVELS - 1,
  ]);
  expect(shaded({ horizon: () => 0 }, "horizon", 2)).toEqual([MARK.zero, MARK.zero, MARK.zero, MARK.zero]);
});

test("numbers that are not finite mark the pass in which they are", () => {
  const state: NonNullable<Parameters<typeof madeFrame>[0]>["state"] = (_, t, column) => {
    if (column === "nonFiniteBackward") return t === 1 ? 3 : 0;
    if (column === "hiddenDeviation") return t === 2 ? Number.NaN : 0.5;
    return 1;
  };
  expect(shaded({ state }, "dHidden")[1]).toBe(MARK.notFinite);
  expect(shaded({ state: (layer, t, column) => (column === "nonFiniteForward" ? 0 : state(layer, t, column)) }, "hiddenDeviation")).toEqual(
    [128, 128, MARK.notFinite, 128],
  );
});

test("shares of 0 are numbers like others", () => {
  expect(shaded({ saturation: (_, t) => ({ low: t === 0 ? 0 : 0.25, high: 0.75 }) }, "h-low")[0]).toBe(0);
  expect(shaded({ saturation: () => ({ low: 0.25, high: 0.75 }) }, "h-both")).toEqual([255, 255, 255, 255]);
});

test("each cell offers what it has", () => {
  const ids = (cell: "rnn_tanh" | "lstm" | "gru") => quantitiesOf({ cell }).map(({ id }) => id);
  expect(ids("rnn_tanh")).not.toContain("dCell");
  expect(ids("lstm")).toEqual(expect.arrayContaining(["dCell", "horizonCell", "f-low", "f-high", "f-both"]));
  expect(ids("gru")).toEqual(expect.arrayContaining(["z-low", "n-both"]));
  for (const cell of ["rnn_tanh", "lstm", "gru"] as const) expect(new Set(ids(cell)).size).toBe(ids(cell).length);
  expect(quantityNamed(quantitiesOf({ cell: "gru" }), "dCell").id).toBe("dHidden");
});

test("numbers too small for f32 to hold in full are none", () => {
  const norms = [1e-40, 1e-31, 1e-29, 1];
  const shades = shaded({ horizon: (_, t) => norms[t]! }, "horizon");
  expect(shades).toEqual([MARK.zero, MARK.zero, 0, LEVELS - 1]);
});

test("where cuts are random, a gradient of 0 is a cut one", () => {
  const frame = madeFrame({ steps: 4, layers: 1, state: (_, t, column) => (column === "dHidden" && t > 1 ? 1 : 0) });
  const plan = timePlan(digits, { kind: "random", mean: 2, compensate: true }, 4);
  const shades = (id: string) => {
    const quantity = quantityNamed(quantitiesOf(frame.layout), id);
    return Array.from(shadeCells(frame, quantity, valuesOf(frame, quantity), range, plan));
  };
  expect(shades("dHidden")).toEqual([MARK.cut, MARK.cut, LEVELS - 1, LEVELS - 1]);
  expect(shades("horizon")).toEqual([MARK.zero, MARK.zero, MARK.zero, MARK.zero]);
});

test("while nothing is chosen, the way back of one loss is shown where all steps have losses", () => {
  expect(tellingQuantity({ cell: "lstm" }, false)).toBe("dHidden");
  expect(tellingQuantity({ cell: "lstm" }, true)).toBe("horizonCell");
  expect(tellingQuantity({ cell: "gru" }, true)).toBe("horizon");
  for (const cell of ["rnn_tanh", "lstm", "gru"] as const) {
    const id = tellingQuantity({ cell }, true);
    expect(quantityNamed(quantitiesOf({ cell }), id).id).toBe(id);
  }
});

test("a quantity that is not measured yet has no frame", () => {
  const frame = madeFrame({ hasHorizon: false });
  const [hidden, horizon] = ["dHidden", "horizon"].map((id) => quantityNamed(quantitiesOf(frame.layout), id));
  const kept = { frame, step: 3, horizon: undefined };
  expect([frameWith(kept, hidden!), frameWith(kept, horizon!), frameWith(undefined, hidden!)]).toEqual([frame, undefined, undefined]);
  expect(frameWith({ ...kept, horizon: { step: 1 } }, horizon!)).toBe(frame);
});
