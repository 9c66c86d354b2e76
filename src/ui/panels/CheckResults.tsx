import { Check, X } from "lucide-react";
import type { DeviceCheck } from "../../worker/reports";
import { deviceFacts, formatError, formatLimit, formatSlope, formatWorst, mainLimits, toleranceText } from "../checkReport";
import { formatCount } from "../format";
import { BreakableName as Name } from "./BreakableName";

function Passed({ passed }: { readonly passed: boolean }) {
  return passed ? <Check role="img" aria-label="passed" /> : <X role="img" aria-label="failed" />;
}

/** A row's own name at the start of the sentence would be said twice. */
function Failure({ of, text }: { readonly of: string; readonly text: string | undefined }) {
  return text === undefined ? null : <div className="kernel-failure">{text.replace(`${of}, `, "").replace(`${of}: `, "")}</div>;
}

const failedFirst = <T extends { readonly passed: boolean }>(reports: readonly T[]): readonly T[] =>
  reports.toSorted((a, b) => Number(a.passed) - Number(b.passed));

function Gradients({ check }: { readonly check: DeviceCheck }) {
  return (
    <section aria-label="Gradients">
      <h3>Gradients</h3>
      <p className="quiet">
        Of a small network of each cell: the largest difference from double precision, and the slope of the loss along one direction, by the
        gradient and as measured, both relative. {toleranceText(check.gradients)}
      </p>
      <table className="figures check-table">
        <thead>
          <tr>
            <th scope="col">Cell</th>
            <th scope="col">
              Largest error <span>in</span>
            </th>
            <th scope="col">
              Slope by gradient <span>measured</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {failedFirst(check.gradients).map(({ name, worst, parameter, slope, difference, passed, failure }) => (
            <tr key={name} data-wrong={!passed || undefined}>
              <th scope="row">
                <Passed passed={passed} />
                &nbsp;
                <Name of={name} />
                <Failure of={name} text={failure} />
              </th>
              <td>
                {formatError(worst)}{" "}
                <span>
                  <Name of={parameter} />
                </span>
              </td>
              <td>
                {formatSlope(slope)} <span>{formatSlope(difference)}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Kernels({ check }: { readonly check: DeviceCheck }) {
  return (
    <section aria-label="Kernels">
      <h3>Kernels</h3>
      <p className="quiet">Worst error of all cases, as a fraction of what is tolerated: 1 is the most.</p>
      <table className="figures check-table">
        <thead>
          <tr>
            <th scope="col">Kernel</th>
            <th scope="col">Cases</th>
            <th scope="col">Worst error</th>
          </tr>
        </thead>
        <tbody>
          {failedFirst(check.kernels).map(({ kernel, cases, worst, passed, failure }) => (
            <tr key={kernel} data-wrong={!passed || undefined}>
              <th scope="row">
                <Passed passed={passed} />
                &nbsp;
                <Name of={kernel} />
                <Failure of={kernel} text={failure} />
              </th>
              <td>{formatCount(cases)}</td>
              <td>{formatWorst(worst)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Facts({ of }: { readonly of: readonly (readonly [name: string, text: string])[] }) {
  return (
    <dl className="check-facts">
      {of.map(([name, text]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}

function Device({ check }: { readonly check: DeviceCheck }) {
  const limits = check.adapter?.limits ?? {};
  const main = new Set<string>(mainLimits);
  const shown = (names: readonly string[]): [string, string][] =>
    names.flatMap((name) => (limits[name] === undefined ? [] : [[name, formatLimit(name, limits[name])]]));
  const others = Object.keys(limits).filter((name) => !main.has(name));
  return (
    <section aria-label="Device">
      <h3>Device</h3>
      <Facts of={[...deviceFacts(check), ...shown(mainLimits)]} />
      {others.length > 0 && (
        <details>
          <summary>{others.length} other limits</summary>
          <Facts of={shown(others)} />
        </details>
      )}
    </section>
  );
}

/** What came out of a check so far; failed rows say what was wrong. */
export function CheckResults({ check }: { readonly check: DeviceCheck }) {
  return (
    <>
      {check.gradients.length > 0 && <Gradients check={check} />}
      {check.kernels.length > 0 && <Kernels check={check} />}
      {check.device !== undefined && <Device check={check} />}
    </>
  );
}
