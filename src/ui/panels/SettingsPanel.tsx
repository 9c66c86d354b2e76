import { FlaskConical } from "lucide-react";
import { type ReactNode, useState } from "react";
import { getField } from "../../configPath";
import { familyOfName } from "../cells";
import { Field } from "../controls/Field";
import { type Section, visibleFields } from "../controls/fields";
import { PresetList } from "../controls/PresetList";
import { formatBytes, formatCount, formatFlops } from "../format";
import { useApp } from "../store";
import { chooseView } from "../storeConfig";
import { OwnTextPanel } from "./OwnTextPanel";

/** On a narrow screen the settings start closed, so that Train is in reach. */
const isWide = (): boolean => matchMedia("(min-width: 700px)").matches;

function Group({ title, section, children }: { readonly title: string; readonly section: Section; readonly children?: ReactNode }) {
  const [open, setOpen] = useState(isWide);
  const paths = useApp((state) =>
    visibleFields(section, state.draft)
      .map(({ path }) => path)
      .join(" "),
  );
  return (
    <details className="group" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <h2>{title}</h2>
      </summary>
      {paths.split(" ").map((path) => (
        <Field key={path} path={path} />
      ))}
      {children}
    </details>
  );
}

const itemNames = { digits: "images", text: "characters", copy: "sequences" } as const;

/** What the open run learns from. */
function DataLine() {
  const data = useApp((state) => state.run.facts?.data);
  const task = useApp((state) => state.run.with?.config.task.kind);
  if (data === undefined || task === undefined) return null;
  return (
    <p className="quiet data-line">
      {data.name}: {formatCount(data.trainItems)} {itemNames[task]} to train on, {formatCount(data.validationItems)} to test.
    </p>
  );
}

function Estimate() {
  const estimate = useApp((state) => state.estimate);
  return (
    <section className="estimate" aria-label="Estimate">
      <dl>
        <div>
          <dt>Parameters</dt>
          <dd>{formatCount(estimate?.parameters)}</dd>
        </div>
        <div>
          <dt>Memory</dt>
          <dd>{formatBytes(estimate?.bytes)}</dd>
        </div>
        <div>
          <dt>Per step</dt>
          <dd>{formatFlops(estimate?.flopsPerStep)}</dd>
        </div>
        <div>
          <dt>Steps per epoch</dt>
          <dd>{formatCount(estimate?.stepsPerEpoch)}</dd>
        </div>
      </dl>
    </section>
  );
}

/** On a narrow screen the views are far below: they come into view, and the focus with them. */
function showExperiments(): void {
  chooseView("experiments");
  requestAnimationFrame(() => {
    document.querySelector<HTMLElement>(".view-tabs [data-state=active]")?.focus({ preventScroll: true });
    document.querySelector(".view-tabs")?.scrollIntoView({ block: isWide() ? "nearest" : "start" });
  });
}

/** For those who come for the first time: where to begin. */
function ExperimentsEntry() {
  return (
    <div className="experiments-entry">
      <button id="experiments-entry" type="button" onClick={showExperiments}>
        <FlaskConical aria-hidden /> Guided experiments
      </button>
    </div>
  );
}

export function SettingsPanel() {
  const cell = useApp((state) => familyOfName(getField(state.draft, "model.cell")));
  const usesOwnText = useApp((state) => getField(state.draft, "task.source") === "own");
  return (
    <aside className="settings" data-cell={cell} aria-label="Settings">
      <ExperimentsEntry />
      <PresetList />
      <Group title="Task" section="task">
        {usesOwnText && <OwnTextPanel />}
        <DataLine />
      </Group>
      <Group title="Model" section="model" />
      <Group title="Training" section="training" />
      <Estimate />
    </aside>
  );
}
