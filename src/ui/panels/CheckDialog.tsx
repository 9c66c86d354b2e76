import { CircleCheck, CircleX, Info, X } from "lucide-react";
import { Dialog } from "radix-ui";
import type { CheckTarget, DeviceCheck } from "../../worker/reports";
import { checkSummary } from "../checkReport";
import { type CheckView, useApp } from "../store";
import { cancelCheck, checkOpener, closeCheck, startCheck, trainOnCpu } from "../storeCheck";
import { CheckResults } from "./CheckResults";
import { CopyReport } from "./CopyReport";

const passes = ({ kernels, gradients }: DeviceCheck): boolean => [...kernels, ...gradients].every(({ passed }) => passed);

function Verdict({ check }: { readonly check: CheckView }) {
  const { state, cancelling } = check;
  const wrong = !passes(state) || state.end === "failed";
  const right = !wrong && state.end === "done";
  const Icon = wrong ? CircleX : right ? CircleCheck : Info;
  return (
    <p className="check-verdict" role="status" data-testid="check-verdict" data-wrong={wrong || undefined} data-right={right || undefined}>
      <Icon aria-hidden />
      <span>{checkSummary(state, cancelling)}</span>
    </p>
  );
}

/** Two ways to check where there is WebGPU; else the CPU's kernels, which then train. */
function Actions({ check, targets }: { readonly check: CheckView | undefined; readonly targets: readonly CheckTarget[] }) {
  const ready = useApp((state) => state.connection === "ready");
  const running = check !== undefined && check.state.end === undefined;
  const labels = { webgpu: "Check WebGPU", cpu: "Check the CPU's kernels" } as const;
  return (
    <div className="dialog-actions">
      {targets.map((target, i) => (
        <button
          key={target}
          type="button"
          className={i === 0 ? "primary" : undefined}
          // Not disabled while it runs, or the focus would leave the dialog.
          disabled={!ready}
          aria-disabled={running}
          onClick={() => {
            if (!running) startCheck(target);
          }}
        >
          {check?.state.target === target && check.state.end !== undefined ? `${labels[target]} again` : labels[target]}
        </button>
      ))}
      {running && (
        <button type="button" disabled={check.cancelling} onClick={cancelCheck}>
          Cancel
        </button>
      )}
    </div>
  );
}

/** Once WebGPU has failed, the way out. */
function Advice({ check }: { readonly check: DeviceCheck }) {
  const lost = check.failure?.code === "device-lost";
  if (check.target === "cpu" || (passes(check) && !lost)) return null;
  return (
    <div className="dialog-actions">
      <button
        type="button"
        onClick={() => {
          closeCheck();
          trainOnCpu();
        }}
      >
        Train on the CPU
      </button>
      <span className="quiet">What this device trains cannot be trusted. A newer browser or driver may mend it.</span>
    </div>
  );
}

const explanation = (adapter: string | undefined): string =>
  adapter === undefined
    ? "This browser offers no WebGPU device, so the network trains on the CPU. Its kernels can be checked instead: " +
      "each is compared with plain double-precision arithmetic, number by number."
    : `Runs every kernel on ${adapter} and compares each number with plain double-precision arithmetic. Then takes the gradient of a small ` +
      "network of each cell and compares it with the slope of the loss. It takes a few seconds on a GPU, minutes where software stands in for one.";

/** Runs every kernel of this device against plain arithmetic and shows what came out. */
export function CheckDialog() {
  const open = useApp((state) => state.checkOpen);
  const check = useApp((state) => state.check);
  const adapter = useApp((state) => state.hello?.adapter?.name);
  const started = check !== undefined && check.state.kernelTotal > 0;
  const steps = started ? check.state.kernels.length + check.state.gradients.length : 0;
  const running = check !== undefined && check.state.end === undefined;
  return (
    <Dialog.Root open={open} onOpenChange={(next) => !next && closeCheck()}>
      <Dialog.Portal>
        <Dialog.Overlay className="overlay" />
        <Dialog.Content
          className="dialog check-dialog"
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            (checkOpener() ?? document.getElementById("check-device"))?.focus();
          }}
        >
          <Dialog.Title>Check my GPU</Dialog.Title>
          <Dialog.Description>{explanation(adapter)}</Dialog.Description>
          <Actions check={check} targets={adapter === undefined ? ["cpu"] : ["webgpu", "cpu"]} />
          {running && (
            <progress
              aria-label="Checked"
              max={started ? check.state.kernelTotal + check.state.gradientTotal : 1}
              {...(started && { value: steps })}
            />
          )}
          {check !== undefined && <Verdict check={check} />}
          {check !== undefined && <Advice check={check.state} />}
          {check?.state.end !== undefined && <CopyReport check={check.state} />}
          {check !== undefined && <CheckResults check={check.state} />}
          <Dialog.Close className="dialog-close" aria-label="Close">
            <X aria-hidden />
          </Dialog.Close>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
