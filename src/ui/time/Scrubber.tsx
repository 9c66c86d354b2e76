import { Pause, Play, Radio } from "lucide-react";
import { useEffect } from "react";
import { formatCount } from "../format";
import { type ShownFrame, showNewest, showStep, useTime } from "./timeState";

const PLAY_MS = 80;
/** Pictures of a whole run, which then takes some ten seconds. */
const PLAYED = 120;

/** Goes through the probed steps of the run: a slider, play, and back to the newest. */
export function Scrubber({ shown }: { readonly shown: ShownFrame | undefined }) {
  const playing = useTime((state) => state.playing);
  const count = shown?.frames.length ?? 0;
  const index = shown?.index ?? -1;
  const step = shown?.frames[index]?.step;
  const live = shown?.live ?? true;
  useEffect(() => {
    if (!playing || shown === undefined) return;
    const timer = setTimeout(() => {
      const next = shown.frames[Math.min(count - 1, index + Math.ceil(count / PLAYED))];
      if (next === undefined || index >= count - 1) useTime.setState({ playing: false });
      else showStep(shown.history, next.step);
    }, PLAY_MS);
    return () => clearTimeout(timer);
  }, [playing, shown, index, count]);

  const play = (): void => {
    const first = shown?.frames[0];
    if (shown === undefined || first === undefined) return;
    // From the end it starts again.
    if (!playing && index >= count - 1) showStep(shown.history, first.step);
    useTime.setState({ playing: !playing });
  };
  return (
    <div className="scrubber">
      <button type="button" className="icon" disabled={count < 2} onClick={play} aria-label={playing ? "Pause" : "Play through the run"}>
        {playing ? <Pause aria-hidden /> : <Play aria-hidden />}
      </button>
      <input
        type="range"
        aria-label="Training step"
        aria-valuetext={step === undefined ? "no measured step yet" : `step ${formatCount(step)}`}
        data-testid="scrub"
        min={0}
        max={Math.max(1, count - 1)}
        value={Math.max(0, index)}
        disabled={count < 2}
        onChange={(event) => {
          const chosen = shown?.frames[Number(event.target.value)];
          if (shown !== undefined && chosen !== undefined) showStep(shown.history, chosen.step);
        }}
      />
      <output className="scrub-step" data-testid="shown-step">
        {step === undefined ? "–" : `step ${formatCount(step)}`}
      </output>
      <button type="button" className="live" aria-pressed={live} onClick={showNewest} disabled={count === 0} data-testid="live">
        <Radio aria-hidden /> Live
      </button>
    </div>
  );
}
