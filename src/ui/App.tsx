import { getField } from "../configPath";
import { familyOfName } from "./cells";
import { ExperimentCard } from "./experiment/ExperimentCard";
import { Banners } from "./panels/Banners";
import { DropTarget } from "./panels/DropTarget";
import { Header } from "./panels/Header";
import { RunPanel } from "./panels/RunPanel";
import { SettingsPanel } from "./panels/SettingsPanel";
import { useApp } from "./store";
import { Views } from "./views/Views";

export function App() {
  const cell = useApp((state) => familyOfName(getField(state.run.with?.config ?? state.draft, "model.cell")));
  return (
    <>
      <Header />
      <div className="columns">
        <SettingsPanel />
        <main className="instrument" data-cell={cell}>
          <RunPanel />
          <Banners />
          <ExperimentCard />
          <Views />
        </main>
      </div>
      <DropTarget />
    </>
  );
}
