import { Tabs } from "radix-ui";
import { type ComponentType, lazy, Suspense, useEffect, useRef } from "react";
import { useApp } from "../store";
import { chooseView } from "../storeConfig";
import { type ViewId, viewIds } from "../viewIds";
import { TrainingView } from "./TrainingView";

const TimeView = lazy(async () => ({ default: (await import("./TimeView")).TimeView }));
const TruncationView = lazy(async () => ({ default: (await import("../truncation/TruncationView")).TruncationView }));
const InsideView = lazy(async () => ({ default: (await import("./InsideView")).InsideView }));
const RaceView = lazy(async () => ({ default: (await import("../race/RaceView")).RaceView }));
const ExperimentsView = lazy(async () => ({ default: (await import("./ExperimentsView")).ExperimentsView }));

const ParametersView = lazy(async () => ({ default: (await import("./ParametersView")).ParametersView }));

/** Every view but the first is loaded when it is opened for the first time. */
const views: Readonly<Record<ViewId, { readonly title: string; readonly View: ComponentType }>> = {
  training: { title: "Training", View: TrainingView },
  time: { title: "Time", View: TimeView },
  truncation: { title: "Truncation", View: TruncationView },
  inside: { title: "Inside", View: InsideView },
  race: { title: "Race", View: RaceView },
  parameters: { title: "Parameters", View: ParametersView },
  experiments: { title: "Experiments", View: ExperimentsView },
};

/** Enough of the tab before the chosen one is in view to show that there are more. */
const TAB_MARGIN_PX = 60;

/** The centre of the page: one view of the open run at a time. */
export function Views() {
  const view = useApp((state) => state.view);
  const list = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: on a narrow screen the chosen tab may lie beyond the edge of the list
  useEffect(() => {
    const tab = list.current?.querySelector<HTMLElement>("[data-state=active]");
    if (list.current && tab) list.current.scrollLeft = Math.max(0, tab.offsetLeft - list.current.offsetLeft - TAB_MARGIN_PX);
  }, [view]);
  return (
    <Tabs.Root
      className="views"
      value={view}
      activationMode="manual"
      onValueChange={(value) => {
        const id = viewIds.find((each) => each === value);
        if (id !== undefined) chooseView(id);
      }}
    >
      <Tabs.List ref={list} className="view-tabs" aria-label="Views">
        {viewIds.map((id) => (
          <Tabs.Trigger key={id} value={id} className="view-tab">
            {views[id].title}
          </Tabs.Trigger>
        ))}
      </Tabs.List>
      {viewIds.map((id) => {
        const { View } = views[id];
        return (
          <Tabs.Content key={id} value={id} className="view">
            <Suspense fallback={<div className="view-loading" />}>
              <View />
            </Suspense>
          </Tabs.Content>
        );
      })}
    </Tabs.Root>
  );
}
