import { type Preset, presets } from "../../presets";
import { familyOfName } from "../cells";
import { useApp } from "../store";
import { choosePreset } from "../storeConfig";
import { isPresetModified } from "./fieldState";

const groups = [
  { kind: "digits", title: "Digits" },
  { kind: "text", title: "Shakespeare" },
  { kind: "copy", title: "Memory" },
] as const;

/** Under its group's heading a preset needs only the rest of its title. */
const shortTitle = ({ title }: Preset): string => {
  const rest = title.split(", ").slice(1).join(", ");
  return rest === "" ? title : rest.charAt(0).toUpperCase() + rest.slice(1);
};

export function PresetList() {
  const chosen = useApp((state) => state.preset);
  const modified = useApp(isPresetModified);
  return (
    <section className="presets" aria-labelledby="presets-title">
      <h2 id="presets-title">Presets</h2>
      {groups.map(({ kind, title }) => (
        <div key={kind} className="preset-group">
          <h3>{title}</h3>
          <div className="preset-buttons">
            {presets
              .filter((preset) => preset.config.task.kind === kind)
              .map((preset) => (
                <button
                  key={preset.name}
                  type="button"
                  className="preset"
                  data-testid={`preset-${preset.name}`}
                  data-cell={familyOfName(preset.config.model.cell)}
                  aria-pressed={preset === chosen}
                  aria-label={preset.title}
                  title={preset.about}
                  onClick={() => choosePreset(preset)}
                >
                  <span className="dot" />
                  {shortTitle(preset)}
                </button>
              ))}
          </div>
        </div>
      ))}
      <p className="preset-about">
        {chosen.about}.{" "}
        {modified && (
          <>
            <em>Modified.</em>{" "}
            <button type="button" className="link" onClick={() => choosePreset(chosen)}>
              Undo all
            </button>
          </>
        )}
      </p>
    </section>
  );
}
