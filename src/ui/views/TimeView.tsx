import { useState } from "react";
import { probeGates } from "../../probes";
import { useWidth } from "../charts/useWidth";
import { useApp } from "../store";
import "../styles/time.css";
import { CellReadout } from "../time/CellReadout";
import { DiagnosisText } from "../time/DiagnosisText";
import type { CellPlace } from "../time/geometry";
import { HorizonPanel } from "../time/HorizonPanel";
import { Legend } from "../time/Legend";
import { NetworkView } from "../time/NetworkView";
import { ProbeTable } from "../time/ProbeTable";
import { frameWith } from "../time/quantities";
import { Scrubber } from "../time/Scrubber";
import { TimeControls } from "../time/TimeControls";
import { useGeometry, usePlan, useQuantities, useShownFrame, useTime } from "../time/timeState";
import { useDiagnosis } from "../time/useDiagnosis";
import { usePicture } from "../time/usePicture";
import { cutDistance } from "../time/windows";

/** Names of the rows, left of the drawing. */
const NAMES_WIDTH = 52;
const NAMES_WIDTH_NARROW = 34;
const NARROW = 560;

const waitingText = (every: number): string =>
  every === 0 ? "Nothing is measured. Choose how often, then train." : "The diagnosis comes with the first training step.";

/** The network unrolled in time, the way of the gradient through it, and how far back that goes. */
export function TimeView() {
  const [ref, width] = useWidth();
  const layout = useApp((state) => state.run.facts?.probes);
  const every = useApp((state) => state.probeEvery);
  const shown = useShownFrame();
  const kept = shown?.frames[shown.index];
  const plan = usePlan();
  const { quantities, quantity } = useQuantities();
  const path = useTime((state) => state.path);
  const pinned = useTime((state) => state.pinned[quantity.id]);
  const cursor = useTime((state) => state.cursor);
  const [hovered, setHovered] = useState<CellPlace | undefined>(undefined);
  const geometry = useGeometry(Math.max(0, width - (width < NARROW ? NAMES_WIDTH_NARROW : NAMES_WIDTH)), path);
  const frame = frameWith(kept, quantity);
  const { picture, range, colours } = usePicture({ frame, quantity, pinned, geometry, plan, path: path && kept?.horizon !== undefined });
  const diagnosis = useDiagnosis(kept);
  const { steps, layers } = layout ?? { steps: 1, layers: 1 };
  const at = hovered ?? cursor;
  const cell = { layer: Math.min(at.layer, layers - 1), t: Math.min(at.t, steps - 1) };
  const value = frame && quantity.of(frame, cell.layer, cell.t);
  return (
    <>
      <section className="time" aria-label="Network through time">
        <DiagnosisText diagnosis={diagnosis} waiting={waitingText(every)} />
        <TimeControls quantities={quantities} quantity={quantity} />
        <div ref={ref} className="network-place">
          {picture === undefined ? (
            <p className="network-waiting quiet">The network is drawn as soon as the run is open.</p>
          ) : (
            <NetworkView picture={picture} frame={frame} quantity={quantity} onHover={setHovered} shown={cell} />
          )}
        </div>
        <Legend
          {...{ quantity, range, colours, value }}
          pinned={pinned !== undefined}
          onPin={(held) => useTime.setState(({ pinned: all }) => ({ pinned: withRange(all, quantity.id, held) }))}
        />
        <Scrubber shown={shown} />
        {layout && <CellReadout {...{ cell, steps, quantities, kept }} gates={probeGates[layout.cell]} chosen={quantity} />}
        <ProbeTable kept={kept} quantity={quantity} />
      </section>
      <HorizonPanel
        {...{ shown, kept, diagnosis, steps, layers }}
        cutDistance={plan && cutDistance(plan)}
        distance={steps - 1 - cell.t}
        onHover={(distance) => setHovered(distance === undefined ? undefined : { layer: cell.layer, t: steps - 1 - distance })}
      />
    </>
  );
}

/** The pinned ranges with one more, or one less. */
function withRange<T>(all: Readonly<Record<string, T>>, id: string, held: T | undefined): Readonly<Record<string, T>> {
  const others = Object.entries(all).filter(([each]) => each !== id);
  return Object.fromEntries(held === undefined ? others : [...others, [id, held]]);
}
