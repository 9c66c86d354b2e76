import { useMemo } from "react";
import { useWidth } from "../charts/useWidth";
import { formatCount } from "../format";
import { useApp } from "../store";
import { chooseView } from "../storeConfig";
import "../styles/strip.css";
import { DiagnosisText } from "./DiagnosisText";
import { stripGeometry } from "./geometry";
import { NetworkCanvas } from "./NetworkCanvas";
import { frameWith, quantitiesOf, quantityNamed } from "./quantities";
import { useLatestFrame, usePlan, useTelling } from "./timeState";
import { useDiagnosis } from "./useDiagnosis";
import { usePicture } from "./usePicture";
import { formatPower } from "./valueScale";

const HEIGHT = 56;

/** The gradient's way back in a few lines, above the curves: what the view "Time" shows in full. Its height never changes. */
export function TimeStrip() {
  const [ref, width] = useWidth();
  const every = useApp((state) => state.probeEvery);
  const layout = useApp((state) => state.run.facts?.probes);
  const kept = useLatestFrame();
  const plan = usePlan();
  const telling = useTelling();
  const quantity = useMemo(() => quantityNamed(quantitiesOf({ cell: layout?.cell ?? "rnn_tanh" }), telling), [layout, telling]);
  const ofHorizon = quantity.pass === "horizon";
  const step = ofHorizon ? kept?.horizon?.step : kept?.step;
  const geometry = useMemo(
    () => (layout === undefined || width === 0 ? undefined : stripGeometry(layout.steps, layout.layers, width, HEIGHT)),
    [layout, width],
  );
  const { picture, range, colours } = usePicture({
    frame: frameWith(kept, quantity),
    quantity,
    pinned: undefined,
    geometry,
    plan,
    path: false,
  });
  const diagnosis = useDiagnosis(kept);
  if (every === 0) return null;
  const [low, middle, high] = [colours[0], colours[colours.length >> 1], colours.at(-1)];
  return (
    <section className="time-strip" aria-labelledby="time-strip-title">
      <div className="time-strip-head">
        <h2 id="time-strip-title">
          Gradient through time{" "}
          <span className="unit">
            {quantity.id === "horizonCell" ? "|dL/dc|" : "|dL/dh|"}
            <span className="time-strip-more">
              {ofHorizon && " of the last step's loss"} by layer and time step{step !== undefined && `, at step ${formatCount(step)}`}
            </span>
          </span>
        </h2>
        <span className="time-strip-scale" aria-hidden="true">
          {formatPower(range.low)}
          <span style={{ backgroundImage: `linear-gradient(to right, ${low}, ${middle}, ${high})` }} />
          {formatPower(range.high)}
        </span>
        <button type="button" className="link" onClick={() => chooseView("time")}>
          Look closer
        </button>
      </div>
      <div ref={ref} className="time-strip-drawing" style={{ height: HEIGHT }}>
        {picture && <NetworkCanvas picture={picture} />}
      </div>
      <DiagnosisText diagnosis={diagnosis} waiting="The picture begins with the first training step." short />
    </section>
  );
}
