import { Check, X } from "lucide-react";
import { Dialog } from "radix-ui";
import type { RefObject } from "react";
import { formatCount } from "../format";
import { type KernelCheck, useApp } from "../store";
import { checkKernels } from "../storeStage";

function summary({ results, total, done, failure }: KernelCheck): string {
  if (failure !== undefined) return failure;
  if (!done) return total === 0 ? "Starting." : `${results.length} of ${total} kernels checked.`;
  const failed = results.filter(({ passed }) => !passed).length;
  return failed === 0
    ? `All ${results.length} kernels compute right on this device.`
    : `${failed} of ${results.length} kernels compute wrong on this device.`;
}

function Results({ check }: { readonly check: KernelCheck }) {
  return (
    <div className="table-scroll">
      <table className="figures">
        <thead>
          <tr>
            <th scope="col">Kernel</th>
            <th scope="col">Cases</th>
            <th scope="col">Worst error</th>
            <th scope="col">Passed</th>
          </tr>
        </thead>
        <tbody>
          {check.results.map(({ kernel, cases, worst, passed, failure }) => (
            <tr key={kernel} data-wrong={!passed || undefined}>
              <th scope="row">
                {kernel}
                {failure !== undefined && <div className="kernel-failure">{failure}</div>}
              </th>
              <td>{formatCount(cases)}</td>
              <td>{worst.toPrecision(2)}</td>
              <td>
                {passed ? <Check aria-hidden /> : <X aria-hidden />} {passed ? "yes" : "no"}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface Props {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  /** Where the focus goes when it closes. */
  readonly opener: RefObject<HTMLButtonElement | null>;
}

/** Runs every kernel on the WebGPU device against plain arithmetic and shows what came out. */
export function KernelCheckDialog({ open, onOpenChange, opener }: Props) {
  const check = useApp((state) => state.kernelCheck);
  const adapter = useApp((state) => state.hello?.adapter);
  const ready = useApp((state) => state.connection === "ready");
  const running = check !== undefined && !check.done && check.failure === undefined;
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Overlay className="overlay" />
        <Dialog.Content
          className="dialog"
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            opener.current?.focus();
          }}
        >
          <Dialog.Title>Check this device</Dialog.Title>
          <Dialog.Description>
            {adapter === undefined
              ? "This browser offers no WebGPU device, so there is nothing to check: the network trains on the CPU."
              : `Runs every kernel on ${adapter.name} and compares each number with plain double-precision arithmetic. An error of 1 is the most that is tolerated.`}
          </Dialog.Description>
          {adapter !== undefined && (
            <div className="dialog-actions">
              <button type="button" className="primary" disabled={running || !ready} onClick={checkKernels}>
                {running ? "Checking" : check === undefined ? "Start" : "Check again"}
              </button>
              <span role="status">{check === undefined ? "" : summary(check)}</span>
            </div>
          )}
          {running && <progress aria-label="Kernels checked" max={check.total || 1} value={check.results.length} />}
          {check !== undefined && check.results.length > 0 && <Results check={check} />}
          <Dialog.Close className="dialog-close" aria-label="Close">
            <X aria-hidden />
          </Dialog.Close>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
