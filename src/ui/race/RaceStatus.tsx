import { TriangleAlert } from "lucide-react";
import { cellNames } from "../../race/record";
import { formatCount } from "../format";
import { type RaceView, useRace } from "./raceStore";

const seconds = (ms: number): string => `${(ms / 1000).toPrecision(3)} s`;

/** How far the race is: 0 to 1; undefined while nobody can tell. */
function progressOf({ state, limit, lanes }: RaceView): number | undefined {
  if (state.phase === "preparing") return undefined;
  const racing = lanes.filter((lane, i) => lane !== undefined && state.contestants[i]?.status === "racing");
  if (racing.length === 0) return undefined;
  const mean = (of: (lane: (typeof racing)[number]) => number): number => racing.reduce((sum, lane) => sum + of(lane), 0) / racing.length;
  if (limit.kind === "steps") return mean((lane) => lane?.record.steps ?? 0) / limit.steps;
  return Math.min(1, lanes.reduce((sum, lane) => sum + (lane?.record.ms ?? 0), 0) / (limit.minutes * 60_000));
}

function sentence({ state, limit, lanes, cancelling }: RaceView): string {
  const steps = Math.min(
    ...lanes.flatMap((lane, i) => (lane === undefined || state.contestants[i]?.status === "out" ? [] : [lane.record.steps])),
  );
  const done = Number.isFinite(steps) ? steps : 0;
  switch (state.phase) {
    case "preparing":
      return cancelling ? "Ending the race" : "Preparing the race";
    case "racing":
      if (cancelling) return "Ending the race";
      return `Racing: all have done ${formatCount(done)}${limit.kind === "steps" ? ` of ${formatCount(limit.steps)}` : ""} steps`;
    case "pausing":
      return "Pausing after this slice";
    case "paused":
      return `Paused: all have done ${formatCount(done)} steps`;
    case "ended":
      if (state.end === "cancelled") return `Cancelled after ${formatCount(done)} steps`;
      return state.end === "failed" ? "The race could not go on" : `Finished: ${formatCount(done)} steps each`;
    default:
      return state.phase satisfies never;
  }
}

const announced = { preparing: "Preparing the race", racing: "Racing", pausing: "Pausing", paused: "Paused" } as const;

/** What the race does now, and who is out. */
export function RaceStatus({ race }: { readonly race: RaceView }) {
  useRace((state) => state.raceVersion);
  const { state } = race;
  const running = state.end === undefined;
  const progress = progressOf(race);
  const fraction = state.phase === "preparing" ? state.fraction : progress;
  const total = race.lanes.reduce((sum, lane) => sum + (lane?.record.ms ?? 0), 0);
  return (
    <div className="race-status">
      <p className="race-phase" data-testid="race-phase" data-phase={state.end ?? state.phase}>
        {sentence(race)}
        {total > 0 && <span className="quiet"> · {seconds(total)} of training in all</span>}
        {state.phase === "racing" && progress !== undefined && progress > 0 && progress < 1 && (
          <span className="quiet">, about {seconds(total * (1 / progress - 1))} left</span>
        )}
      </p>
      {running && (
        <>
          <progress aria-label="Progress of the race" max={1} {...(fraction !== undefined && { value: fraction })} />
          <p className="race-doing quiet">{state.label}</p>
        </>
      )}
      {/* Only the turns of the race are announced, not every step. */}
      <p className="hidden" role="status">
        {state.phase === "ended" ? sentence(race) : announced[state.phase]}
      </p>
      {state.end === "failed" && state.failure !== undefined && (
        <p className="race-failure" role="alert">
          <TriangleAlert aria-hidden />
          <span>
            <strong>{state.failure.message}</strong> {state.failure.advice}
          </span>
        </p>
      )}
      {state.contestants.map(({ cell, failure }) =>
        failure === undefined || state.failure === failure ? null : (
          <p key={cell} className="race-failure" role="alert">
            <TriangleAlert aria-hidden />
            <span>
              <strong>
                {cellNames[cell]} is out. {failure.message}
              </strong>{" "}
              {state.end === undefined ? "The others race on." : ""}
            </span>
          </p>
        ),
      )}
    </div>
  );
}
