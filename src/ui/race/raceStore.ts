import { create } from "zustand";
import { type Cell, cells, type RunConfig } from "../../config";
import { parseDecimal } from "../../configPath";
import { defaultRaceCells, type RaceLimit, RaceRecord, raceLimits } from "../../race/record";
import { type Events, METRIC_COLUMNS, metricColumns, type RunSummary } from "../../worker/protocol";
import type { RaceState } from "../../worker/reports";
import { halfProblem } from "../controls/halfProblem";
import { executorFor } from "../deviceVerdict";
import { validConfig } from "../draft";
import { recallTimings } from "../kernelTimings";
import { RunHistory } from "../series";
import { type AppState, useApp } from "../store";
import { client, comparisonWaits, settingsProblem } from "../storeRun";
import { version } from "../version";

/** One contestant's curves. */
export interface RaceLane {
  readonly record: RaceRecord;
  readonly history: RunHistory;
}

/** A race that was started here: the one under way, or the last. */
export interface RaceView {
  readonly id: number;
  readonly config: RunConfig;
  readonly cells: readonly Cell[];
  readonly limit: RaceLimit;
  readonly state: RaceState;
  /** By place, once a contestant is built. Mutable on purpose: read them when `raceVersion` changes. */
  readonly lanes: readonly (RaceLane | undefined)[];
  readonly cancelling: boolean;
}

interface RaceStore {
  readonly endsAfter: RaceLimit["kind"];
  /** What is typed as the number of steps, and of minutes. */
  readonly typed: Readonly<Record<RaceLimit["kind"], string>>;
  readonly cells: readonly Cell[];
  readonly race: RaceView | undefined;
  readonly raceVersion: number;
  /** What a race of the present settings would take, or why there can be none. */
  readonly cost: Events["raceCost"] | undefined;
}

export const useRace = create<RaceStore>(() => ({
  endsAfter: "steps",
  typed: { steps: "300", minutes: "2" },
  cells: defaultRaceCells,
  race: undefined,
  raceVersion: 0,
  cost: undefined,
}));

export const isRacing = ({ race }: Pick<RaceStore, "race">): boolean => race !== undefined && race.state.end === undefined;

/** The limit that is typed, or what is wrong with it, as a sentence. */
export function limitOf({ endsAfter, typed }: Pick<RaceStore, "endsAfter" | "typed">): RaceLimit | string {
  const value = parseDecimal(typed[endsAfter]);
  const { min, max } = raceLimits[endsAfter];
  const isFit = value >= min && value <= max && (endsAfter === "minutes" || Number.isInteger(value));
  if (!isFit) {
    const range = `from ${min} to ${max.toLocaleString("en-US")}`;
    return endsAfter === "steps" ? `Steps must be a whole number ${range}.` : `Minutes must be a number ${range}.`;
  }
  return endsAfter === "steps" ? { kind: "steps", steps: value } : { kind: "minutes", minutes: value };
}

/** Why no race can be started, as a sentence; undefined if one can. The limit's own problem stands at its field. */
export function raceProblem(app: AppState, { cells: chosen, cost }: Pick<RaceStore, "cells" | "cost">): string | undefined {
  const settings = settingsProblem(app);
  if (settings !== undefined) return settings;
  if (validConfig(app.draft)?.precision === "f16") {
    const half = halfProblem(app);
    if (half !== undefined) return half;
  }
  if (chosen.length < 2) return "A race needs two cells at least.";
  if (cost !== undefined && "failure" in cost) return `${cost.failure.message} ${cost.failure.advice}`;
  return comparisonWaits(app);
}

export const setEndsAfter = (endsAfter: RaceLimit["kind"]): void => useRace.setState({ endsAfter });

export const setLimitText = (text: string): void =>
  useRace.setState(({ typed, endsAfter }) => ({ typed: { ...typed, [endsAfter]: text } }));

/** Which cells race, and for how many steps each. */
export const setRace = (chosen: readonly Cell[], steps: number): void =>
  useRace.setState(({ typed }) => ({ cells: chosen, endsAfter: "steps", typed: { ...typed, steps: String(steps) } }));

/** Cells race in the order of the list, in whichever order they were chosen. */
export function toggleCell(cell: Cell): void {
  useRace.setState(({ cells: chosen }) => ({
    cells: cells.filter((each) => (each === cell ? !chosen.includes(each) : chosen.includes(each))),
  }));
}

let lastId = 0;

export function startRace(): void {
  const app = useApp.getState();
  const race = useRace.getState();
  const config = validConfig(app.draft);
  const limit = limitOf(race);
  if (config === undefined || typeof limit === "string" || raceProblem(app, race) !== undefined || app.connection !== "ready") return;
  const id = ++lastId;
  const { executor, kernels, threads, verdict, hello, ownText } = app;
  const waiting: RaceState = {
    ...{ phase: "preparing", label: "Pausing the open run" },
    contestants: race.cells.map((cell) => ({ cell, status: "waiting" })),
  };
  const lanes = race.cells.map(() => undefined);
  useRace.setState({ race: { id, config, cells: race.cells, limit, state: waiting, lanes, cancelling: false } });
  useApp.setState({ racing: true });
  const isOwn = config.task.kind === "text" && config.task.source === "own";
  client.send("race", {
    ...{ raceId: id, config, cells: race.cells, limit, kernels },
    executor: executorFor(executor, verdict),
    timings: recallTimings(hello?.adapter?.name ?? "", version),
    ...(threads !== undefined && { threads }),
    ...(isOwn && ownText !== undefined && { ownText: ownText.text }),
  });
}

const ask = (kind: "pauseRace" | "continueRace" | "cancelRace"): void => {
  const { race } = useRace.getState();
  if (race !== undefined) client.send(kind, { raceId: race.id });
};
export const pauseRace = (): void => ask("pauseRace");
export const continueRace = (): void => ask("continueRace");

export function cancelRace(): void {
  useRace.setState(({ race }) => ({ race: race && { ...race, cancelling: true } }));
  ask("cancelRace");
}

let costId = 0;

/** Asks what a race of the present settings would take. */
export function askCost(config: RunConfig, chosen: readonly Cell[]): void {
  const { executor, verdict } = useApp.getState();
  client.send("raceCost", { requestId: ++costId, config, cells: chosen, executor: executorFor(executor, verdict) });
}

/** The costs by cell, once they are known. */
export const costOf = ({ cost, cells: chosen }: Pick<RaceStore, "cost" | "cells">, cell: Cell): RunSummary | undefined =>
  cost !== undefined && "costs" in cost ? cost.costs[chosen.indexOf(cell)] : undefined;

/** Four pictures a second are enough for curves that grow slice by slice. */
const REDRAW_MS = 250;
let redrawTimer: ReturnType<typeof setTimeout> | undefined;

function redrawSoon(): void {
  if (redrawTimer !== undefined) return;
  redrawTimer = setTimeout(() => {
    redrawTimer = undefined;
    useRace.setState(({ raceVersion }) => ({ raceVersion: raceVersion + 1 }));
  }, REDRAW_MS);
}

/** Changes the race that an event is about, unless a new one has taken its place. */
function change(raceId: number, make: (race: RaceView) => RaceView): void {
  useRace.setState(({ race }) => (race?.id === raceId ? { race: make(race) } : {}));
}

export function receiveRace({ raceId, state }: Events["race"]): void {
  change(raceId, (race) => ({
    ...race,
    state,
    lanes: state.contestants.map(({ cell, facts }, i) => {
      const lane = race.lanes[i];
      return lane ?? (facts === undefined ? undefined : { record: new RaceRecord(cell, facts), history: new RunHistory() });
    }),
  }));
  if (!isRacing(useRace.getState())) {
    useApp.setState({ racing: false });
    useRace.setState(({ raceVersion }) => ({ raceVersion: raceVersion + 1 }));
  }
}

const [LOSS, ACCURACY] = [metricColumns.indexOf("loss"), metricColumns.indexOf("accuracy")];

const column = (rows: Float32Array, index: number): number[] =>
  Array.from({ length: rows.length / METRIC_COLUMNS }, (_, i) => rows[i * METRIC_COLUMNS + index] ?? Number.NaN);

const laneOf = (raceId: number, contestant: number): RaceLane | undefined => {
  const { race } = useRace.getState();
  return race?.id === raceId ? race.lanes[contestant] : undefined;
};

export function receiveSlice({ raceId, contestant, rows, ms }: Events["raceSlice"]): void {
  const lane = laneOf(raceId, contestant);
  if (lane === undefined) return;
  lane.record.addSlice(ms, column(rows, LOSS), column(rows, ACCURACY));
  lane.history.append(rows);
  redrawSoon();
}

export function receiveValidation({ raceId, contestant, result }: Events["raceValidation"]): void {
  laneOf(raceId, contestant)?.record.validations.push(result);
  redrawSoon();
}

client.on("race", receiveRace);
client.on("raceSlice", receiveSlice);
client.on("raceValidation", receiveValidation);
client.on("raceCost", (cost) => {
  if (cost.requestId === costId) useRace.setState({ cost });
});
// A worker that has crashed sends no end.
useApp.subscribe(({ connection, failure }) => {
  const { race } = useRace.getState();
  if (connection !== "crashed" || race === undefined || !isRacing({ race })) return;
  receiveRace({ raceId: race.id, state: { ...race.state, phase: "ended", label: "", end: "failed", ...(failure && { failure }) } });
});

/** The records of the contestants that were built. */
export const recordsOf = ({ lanes }: Pick<RaceView, "lanes">): RaceRecord[] =>
  lanes.flatMap((lane) => (lane === undefined ? [] : [lane.record]));

/** True of a contestant that stopped before the end. */
export const isOut = ({ state }: Pick<RaceView, "state">, { cell }: Pick<RaceRecord, "cell">): boolean =>
  state.contestants.some((each) => each.cell === cell && each.status === "out");
