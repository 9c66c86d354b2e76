import type { Events } from "../worker/protocol";
import { executorFor } from "./deviceVerdict";
import { download } from "./download";
import { formatCount } from "./format";
import { isSavedRun, nearestPreset } from "./savedFile";
import { type AppState, addNotice, isSearching, useApp } from "./store";
import { estimateSoon, keepAddress, trainOnFile } from "./storeConfig";
import { client, openSaved } from "./storeRun";

let requestId = 0;

/** True if there is a run whose weights can be saved. */
export const canSave = (state: Pick<AppState, "run" | "connection" | "explosion">): boolean => {
  const { run, connection } = state;
  return connection === "ready" && run.facts !== undefined && run.status !== "loading" && !run.resetting && !isSearching(state);
};

export function saveRun(): void {
  const state = useApp.getState();
  if (state.saving || !canSave(state)) return;
  useApp.setState({ saving: true, saved: "" });
  client.send("save", { runId: state.run.id });
}

/** The file is wanted even if the run was replaced while it was made. */
export function receiveSaved(event: Events["saved"]): void {
  if ("failure" in event) {
    useApp.setState({ saving: false, failure: event.failure });
    return;
  }
  useApp.setState({ saving: false, saved: `Saved step ${formatCount(event.step)} as ${event.name}.` });
  download(event.name, event.bytes);
}

/** Opens a saved run that was chosen. */
export async function openFile(file: File): Promise<void> {
  if (await isSavedRun(file)) {
    inspect(file);
    return;
  }
  const advice = "To train on a text, drop it on the page.";
  useApp.setState({ failure: { code: "bad-file", message: `"${file.name}" is no saved run.`, advice } });
}

/** Has the worker look at a file; the open run goes on until it is found good. */
function inspect(file: File): void {
  const { connection, executor, verdict, ownText } = useApp.getState();
  if (connection !== "ready") return;
  requestId++;
  useApp.setState({ failure: undefined, inspection: { requestId, name: file.name, label: `Reading ${file.name}`, fraction: undefined } });
  client.send("inspect", {
    requestId,
    file,
    executor: executorFor(executor, verdict),
    ...(ownText !== undefined && { ownText: ownText.text }),
  });
}

export function receiveInspected(event: Events["inspected"]): void {
  const { inspection, notices } = useApp.getState();
  if (inspection === undefined || inspection.requestId !== event.requestId) return;
  if ("label" in event) {
    useApp.setState({ inspection: { ...inspection, label: event.label, fraction: event.fraction } });
  } else if ("failure" in event) {
    useApp.setState({ inspection: undefined, failure: event.failure });
  } else {
    const { config, step } = event;
    useApp.setState({
      inspection: undefined,
      preset: nearestPreset(config),
      draft: config,
      typed: {},
      // The others are about the settings before.
      notices: notices.filter((notice) => notice === onlyFirst(inspection)),
    });
    openSaved(event.requestId, config, { name: inspection.name, step });
    estimateSoon();
    keepAddress();
  }
}

const onlyFirst = ({ name }: { readonly name: string }): string => `Only the first of the files, ${name}, was taken.`;

/** Takes the first of the files that were dropped: a saved run is opened, a text is trained on. */
export async function takeFiles(files: ArrayLike<File>): Promise<void> {
  const file = files[0];
  if (file === undefined) return;
  if (files.length > 1) addNotice(onlyFirst(file));
  if (await isSavedRun(file)) inspect(file);
  else await trainOnFile(file);
}
