import type { RunConfig } from "../config";
import type { DeviceFacts, Executor } from "../plan/executor";
import { type CallTiming, type ChooseForm, fixedForms, type KernelChoice, measuredForms } from "../plan/forms";
import { compileRun } from "./compile";
import type { DataSize } from "./feed";
import { measureForms } from "./measureForms";

/** A real GPU needs a tenth of it; on an adapter that computes on the CPU, compiling alone can take seconds a form. */
const BUDGET_MS = 5_000;

export interface FormsOfRun {
  readonly choice: "fixed" | "measured";
  readonly chooseForm: ChooseForm;
  /** All that is known of this device, with what was measured now. */
  readonly timings: readonly CallTiming[];
  readonly isNew: boolean;
}

interface FormOptions {
  readonly choice: KernelChoice;
  readonly known?: readonly CallTiming[];
  readonly onProgress?: (fraction: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * In which form a device runs the kernels of a run: the fixed choice, or by times that are measured now where they are not known.
 * @param open gives an executor of the device.
 * @throws ExecutorError "device-lost"; the signal's reason after an abort.
 */
export async function formsOfRun(
  facts: DeviceFacts,
  open: () => Promise<Executor>,
  config: RunConfig,
  size: DataSize,
  { choice, known = [], onProgress, signal }: FormOptions,
): Promise<FormsOfRun> {
  const fixed = fixedForms(facts);
  if (facts.executor === "cpu" || choice === "fixed" || (choice === "auto" && facts.isSoftware))
    return { choice: "fixed", chooseForm: fixed, timings: [], isNew: false };
  const { plan } = compileRun(config, size, "auto", fixed).train;
  const found = await measureForms(open, plan, facts.features, {
    known,
    budgetMs: BUDGET_MS,
    ...(signal !== undefined && { signal }),
    onProgress: (done, total) => onProgress?.(total === 0 ? 1 : done / total),
  });
  const timings = [...known, ...found];
  return { choice: "measured", chooseForm: measuredForms(timings, facts), timings, isNew: found.length > 0 };
}
