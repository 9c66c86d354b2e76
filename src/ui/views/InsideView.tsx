import { getField } from "../../configPath";
import { CopyInside } from "../inside/CopyInside";
import { DigitInside } from "../inside/DigitInside";
import { TextInside } from "../inside/TextInside";
import { useApp } from "../store";
import "../styles/inside.css";

/** What goes on inside the network of the open run, as it reads its task. */
export function InsideView() {
  const kind = useApp((state) => state.run.with?.config.task.kind ?? getField(state.draft, "task.kind"));
  if (kind === "digits") return <DigitInside />;
  return kind === "text" ? <TextInside /> : <CopyInside />;
}
