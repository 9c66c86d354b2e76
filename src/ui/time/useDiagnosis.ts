import { useMemo } from "react";
import { type Diagnosis, diagnose } from "../diagnosis";
import type { KeptFrame } from "../probeHistory";
import { useApp } from "../store";
import { usePlan } from "./timeState";
import { cutDistance } from "./windows";

/** What a frame says of the gradient's way back; undefined while it has no horizon. */
export function useDiagnosis(kept: KeptFrame | undefined): Diagnosis | undefined {
  const plan = usePlan();
  const clip = useApp((state) => state.run.with?.config.clip.kind ?? "none");
  return useMemo(() => {
    if (kept?.horizon === undefined || plan?.steps !== kept.frame.layout.steps) return undefined;
    return diagnose({ frame: kept.frame, cutDistance: cutDistance(plan), clip });
  }, [kept, plan, clip]);
}
