import { useMemo } from "react";
import { create } from "zustand";
import type { HorizonColumn } from "../../probes";
import type { KeptFrame, ProbeHistory } from "../probeHistory";
import { useApp } from "../store";
import { type CellPlace, networkGeometry } from "./geometry";
import { type Quantity, quantitiesOf, quantityNamed, tellingQuantity } from "./quantities";
import type { ValueRange } from "./valueScale";
import { type TimePlan, timePlan } from "./windows";

interface TimeState {
  /** Undefined: the most telling one. */
  readonly quantity: string | undefined;
  /** Ranges that hold until they are let go, by quantity. */
  readonly pinned: Readonly<Record<string, ValueRange>>;
  readonly path: boolean;
  /** The LSTM's; other cells have the hidden state alone. */
  readonly horizonOf: HorizonColumn;
  /** A step of one history that is looked at; undefined: the newest. */
  readonly chosen: { readonly historyId: number; readonly step: number } | undefined;
  readonly playing: boolean;
  readonly cursor: CellPlace;
}

/** How the view "Time" looks at the run; it outlives the view, so that it is as it was when one comes back to it. */
export const useTime = create<TimeState>(() => ({
  quantity: undefined,
  pinned: {},
  path: false,
  horizonOf: "dCell",
  chosen: undefined,
  playing: false,
  cursor: { layer: 0, t: 0 },
}));

/** The newest frame of the open run, again at each redraw. */
export function useLatestFrame(): KeptFrame | undefined {
  const probes = useApp((state) => state.run.probes);
  useApp((state) => state.run.historyVersion);
  return probes?.latest;
}

export interface ShownFrame {
  readonly history: ProbeHistory;
  readonly frames: readonly KeptFrame[];
  /** Of the frame that is shown. */
  readonly index: number;
  readonly live: boolean;
}

/** The frame that the view shows; undefined while there is no open run. An index of -1: no step was probed yet. */
export function useShownFrame(): ShownFrame | undefined {
  const history = useApp((state) => state.run.probes);
  useApp((state) => state.run.historyVersion);
  const chosen = useTime((state) => state.chosen);
  if (history === undefined) return undefined;
  const own = chosen?.historyId === history.id ? chosen : undefined;
  const { frames } = history;
  return { history, frames, index: own === undefined ? frames.length - 1 : history.indexAt(own.step), live: own === undefined };
}

/** Looks at one probed step of the history; stops following the newest. */
export const showStep = (history: ProbeHistory, step: number): void => useTime.setState({ chosen: { historyId: history.id, step } });

export const showNewest = (): void => useTime.setState({ chosen: undefined, playing: false });

/** Losses and windows of the open run. */
export function usePlan(): TimePlan | undefined {
  const task = useApp((state) => state.run.with?.config.task);
  const bptt = useApp((state) => state.run.with?.config.bptt);
  const steps = useApp((state) => state.run.facts?.probes.steps);
  return useMemo(() => (task && bptt && steps !== undefined ? timePlan(task, bptt, steps) : undefined), [task, bptt, steps]);
}

/** The id of the quantity that shows the open run's gradient best. */
export function useTelling(): string {
  const cell = useApp((state) => state.run.facts?.probes.cell ?? "rnn_tanh");
  const plan = usePlan();
  return tellingQuantity({ cell }, plan?.firstLoss === 0 && plan.steps > 1);
}

/** The quantities of the open run's cell, and the one that is chosen of them. */
export function useQuantities(): { readonly quantities: readonly Quantity[]; readonly quantity: Quantity } {
  const telling = useTelling();
  const cell = useApp((state) => state.run.facts?.probes.cell ?? "rnn_tanh");
  const id = useTime((state) => state.quantity) ?? telling;
  return useMemo(() => {
    const quantities = quantitiesOf({ cell });
    return { quantities, quantity: quantityNamed(quantities, id) };
  }, [cell, id]);
}

/** Geometry of the open run's drawing in a place of this width. */
export function useGeometry(available: number, path: boolean) {
  const steps = useApp((state) => state.run.facts?.probes.steps);
  const layers = useApp((state) => state.run.facts?.probes.layers);
  return useMemo(
    () =>
      steps === undefined || layers === undefined || available === 0 ? undefined : networkGeometry({ steps, layers, available, path }),
    [steps, layers, available, path],
  );
}
