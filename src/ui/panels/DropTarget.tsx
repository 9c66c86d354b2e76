import { useEffect, useState } from "react";
import { takeFiles } from "../storeFiles";

const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;

/** Lets a text or a saved run be dropped anywhere on the page. */
export function DropTarget() {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const drag = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(false);
      void takeFiles(event.dataTransfer?.files ?? []);
    };
    const listeners = [
      ["dragenter", drag],
      ["dragover", drag],
      ["dragleave", leave],
      ["drop", drop],
    ] as const;
    for (const [kind, listener] of listeners) addEventListener(kind, listener);
    return () => {
      for (const [kind, listener] of listeners) removeEventListener(kind, listener);
    };
  }, []);
  return over ? <div className="drop-target">Drop a text to train on it, or a saved run to open it</div> : null;
}
