import { getField } from "../../configPath";
import { useApp } from "../store";
import { CopyStage } from "./CopyStage";
import { DigitsStage } from "./DigitsStage";
import { TextStage } from "./TextStage";

/** What the network does with the task: of the open run, else of the settings. */
export function StagePanel() {
  const kind = useApp((state) => state.run.with?.config.task.kind ?? getField(state.draft, "task.kind"));
  if (kind === "digits") return <DigitsStage />;
  return kind === "text" ? <TextStage /> : <CopyStage />;
}
