import { TriangleAlert, X } from "lucide-react";
import { useEffect, useRef } from "react";
import type { ExplosionSearch, TensorReport } from "../../worker/reports";
import { formatBytes, formatCount, formatNumber } from "../format";
import { explosionOf, useApp } from "../store";
import { dismissExplosion, stopSearch } from "../storeExplosion";
import { LastSteps } from "./LastSteps";
import { RewindForm } from "./RewindForm";
import "../styles/explosion.css";

function Searching({ search: { done, of } }: { readonly search: Extract<ExplosionSearch, { kind: "searching" }> }) {
  return (
    <div className="loading explosion-search">
      <span>Training the steps before it once more, to find where it first went wrong</span>
      <progress aria-label="Search for where it first went wrong" max={1} {...(of > 0 && { value: done / of })} />
      <button type="button" onClick={stopSearch}>
        Stop
      </button>
    </div>
  );
}

function Outcome({ search }: { readonly search: Exclude<ExplosionSearch, { kind: "searching" }> }) {
  if (search.kind === "ended") return <p>{search.sentence}</p>;
  return (
    <ul className="explosion-findings">
      {search.sentences.map((sentence) => (
        <li key={sentence}>{sentence}</li>
      ))}
    </ul>
  );
}

/** Brings the first row with a number that is not finite into view: parameters, which come before it, are many. */
function showFirst(details: HTMLDetailsElement): void {
  const first = details.querySelector("[data-wrong]");
  const table = details.querySelector(".explosion-table");
  if (!details.open || first === null || table === null) return;
  table.scrollTop += first.getBoundingClientRect().top - table.getBoundingClientRect().top - table.clientHeight / 3;
}

function Tensors({ tensors, step }: { readonly tensors: readonly TensorReport[]; readonly step: number }) {
  return (
    <details onToggle={({ currentTarget }) => showFirst(currentTarget)}>
      <summary>The tensors of step {formatCount(step)}, in the order in which they are computed</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable from the keyboard */}
      <section className="table-scroll explosion-table" aria-label="Tensors of the step" tabIndex={0}>
        <table className="figures">
          <thead>
            <tr>
              <th scope="col">Tensor</th>
              <th scope="col">Largest finite</th>
              <th scope="col">Not finite</th>
            </tr>
          </thead>
          <tbody>
            {tensors.map(({ label, largest, nonFinite }) => (
              <tr key={label}>
                <th scope="row">{label}</th>
                <td>{largest === 0 && nonFinite > 0 ? "none" : formatNumber(largest)}</td>
                <td data-wrong={nonFinite > 0 || undefined}>{formatCount(nonFinite)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}

/** A run that has diverged: where it first went wrong, its last steps, and ways back to before it. */
export function ExplosionPanel() {
  const report = useApp(explosionOf);
  const message = useApp((state) => state.failure?.message);
  const panel = useRef<HTMLElement>(null);
  const isThere = report !== undefined;
  useEffect(() => {
    // On a narrow screen it may come up below what is in view.
    if (isThere) panel.current?.scrollIntoView({ block: "nearest" });
  }, [isThere]);
  if (report === undefined) return null;
  const { step, search, snapshots, bytes } = report;
  return (
    <section ref={panel} className="explosion" aria-labelledby="explosion-title" data-testid="explosion">
      <div className="explosion-head">
        <TriangleAlert aria-hidden />
        <h2 id="explosion-title">The run exploded at step {formatCount(step)}</h2>
        <button type="button" className="icon" aria-label="Dismiss the report of the explosion" onClick={dismissExplosion}>
          <X aria-hidden />
        </button>
      </div>
      <div role="alert" className="explosion-text">
        {search.kind === "searching" ? <p>{message}</p> : <Outcome search={search} />}
      </div>
      {search.kind === "searching" && <Searching search={search} />}
      <LastSteps report={report} />
      {search.kind === "found" && <Tensors tensors={search.tensors} step={step} />}
      {snapshots.length > 0 && <RewindForm key={step} report={report} />}
      {bytes > 0 && <p className="quiet">The snapshots of this run take {formatBytes(bytes)} of the computer's memory.</p>}
    </section>
  );
}
