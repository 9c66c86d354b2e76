import { articleClaim, claimMeasured, publishedContext } from "../../race/claim";
import { formatCount } from "../format";
import { isOut, type RaceView, recordsOf, useRace } from "./raceStore";

const NOT_YET = "Start a race to see what this device measures.";

/** What the parameters of the two amount to here. */
function parametersText(race: RaceView | undefined): string {
  const of = (...cells: readonly string[]): number | undefined =>
    race?.lanes.find((lane) => lane !== undefined && cells.includes(lane.record.cell))?.record.facts.parameters;
  const [gru, lstm] = [of("gru", "gru_reset_before"), of("lstm")];
  const rule = "A GRU has three gates where an LSTM has four, so a layer has three quarters of its parameters.";
  if (gru === undefined || lstm === undefined) return rule;
  return `${rule} Here, embedding and head included: ${formatCount(gru)} to ${formatCount(lstm)}, ${((gru / lstm) * 100).toFixed(0)}\u00a0%.`;
}

/** The article's claim about GRU and LSTM, beside what this device has measured, and what has been published. */
export function RaceClaim({ race }: { readonly race: RaceView | undefined }) {
  useRace((state) => state.raceVersion);
  const isOver = race?.state.end !== undefined;
  const claim = race === undefined ? undefined : claimMeasured(recordsOf(race), (record) => isOut(race, record), isOver);
  const device = race?.state.device;
  return (
    <section className="race-claim" aria-labelledby="race-claim-title">
      <h2 id="race-claim-title">GRU against LSTM</h2>
      <dl>
        <div>
          <dt>The article</dt>
          <dd>{articleClaim}</dd>
        </div>
        <div>
          <dt>This device</dt>
          <dd data-testid="race-claim">
            <p className="race-measured">{claim?.measured ?? NOT_YET}</p>
            {claim?.caveats.map((caveat) => (
              <p key={caveat} className="quiet">
                {caveat}
              </p>
            ))}
            {device !== undefined && (
              <p className="quiet">
                Measured on {device.name} ({device.executor === "webgpu" ? "WebGPU" : "CPU"}).
              </p>
            )}
          </dd>
        </div>
        <div>
          <dt>Size</dt>
          <dd>{parametersText(race)}</dd>
        </div>
        {publishedContext.map(({ source, url, text }) => (
          <div key={source}>
            <dt>
              <a href={url} target="_blank" rel="noreferrer">
                {source}
              </a>
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
