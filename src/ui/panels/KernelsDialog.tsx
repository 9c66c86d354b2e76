import { X } from "lucide-react";
import { Dialog } from "radix-ui";
import { useId } from "react";
import type { KernelUse } from "../../worker/protocol";
import { formatCount, formatNumber } from "../format";
import { rememberTimings } from "../kernelTimings";
import { useApp } from "../store";
import { chooseKernels } from "../storeConfig";
import { openRun } from "../storeRun";
import { kernelChoices } from "../urlState";
import { version } from "../version";
import { BreakableName } from "./BreakableName";

const labels = {
  auto: "automatic: measured on a GPU",
  fixed: "the same in every run",
  measured: "the fastest, measured",
} as const;

function Choice() {
  const kernels = useApp((state) => state.kernels);
  const id = useId();
  return (
    <>
      <label htmlFor={id}>Forms</label>
      <select
        id={id}
        value={kernels}
        onChange={({ target }) => {
          const choice = kernelChoices.find((each) => each === target.value);
          if (choice !== undefined) chooseKernels(choice);
        }}
      >
        {kernelChoices.map((choice) => (
          <option key={choice} value={choice}>
            {labels[choice]}
          </option>
        ))}
      </select>
    </>
  );
}

/** Forgets what this adapter was measured at and opens the run anew, which measures again. */
function MeasureAgain({ adapter }: { readonly adapter: string }) {
  const begun = useApp((state) => state.run.step > 0);
  const ready = useApp((state) => state.connection === "ready" && state.run.status !== "loading");
  return (
    <button
      type="button"
      disabled={!ready}
      onClick={() => {
        rememberTimings(adapter, version, []);
        openRun();
      }}
    >
      {begun ? "Measure again and start anew" : "Measure again"}
    </button>
  );
}

function Times({ use: { form, forms, ms } }: { readonly use: KernelUse }) {
  if (forms.length < 2) return <td className="quiet">one</td>;
  return (
    <td>
      {forms.map((name) => (
        <span key={name} className="kernel-form" data-chosen={name === form || undefined}>
          {name}
          {ms?.[name] !== undefined && ` ${formatNumber(ms[name])} ms`}
        </span>
      ))}
    </td>
  );
}

function Uses({ uses, isGpu }: { readonly uses: readonly KernelUse[]; readonly isGpu: boolean }) {
  return (
    <div className="table-scroll">
      <table className="figures kernels-table">
        <thead>
          <tr>
            <th scope="col">Kernel and sizes</th>
            <th scope="col">Calls</th>
            {isGpu && <th scope="col">Forms</th>}
          </tr>
        </thead>
        <tbody>
          {uses.map((use) => (
            <tr key={`${use.kernel} ${use.sizes}`}>
              <th scope="row">
                <BreakableName of={use.kernel} /> <span className="quiet kernel-sizes">{use.sizes}</span>
              </th>
              <td>{formatCount(use.calls)}</td>
              {isGpu && <Times use={use} />}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What one training step of the open run consists of, kernel by kernel, and in which form a GPU runs each. */
export function KernelsDialog({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  const facts = useApp((state) => state.run.facts);
  if (facts === undefined) return null;
  const { device, kernels, summary } = facts;
  const isGpu = device.executor === "webgpu";
  return (
    <Dialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="overlay" />
        <Dialog.Content
          className="dialog kernels-dialog"
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            document.getElementById("kernels-opener")?.focus();
          }}
        >
          <Dialog.Title>One training step, kernel by kernel</Dialog.Title>
          <Dialog.Description>
            {formatCount(summary.dispatchesPerStep)} kernel calls on {device.name}.{" "}
            {isGpu
              ? `Some kernels come in several forms: with the same result up to rounding, each fast on other adapters. ${
                  kernels.choice === "measured"
                    ? "Here the fastest form of each larger call was measured, and is marked."
                    : "Here the forms are fixed, so that every run on this adapter gives the same numbers; the ones in use are marked."
                }`
              : "The CPU has one form of each kernel."}
          </Dialog.Description>
          {isGpu && (
            <div className="dialog-actions">
              <Choice />
              {kernels.choice === "measured" && <MeasureAgain adapter={device.name} />}
            </div>
          )}
          <Uses uses={kernels.uses} isGpu={isGpu} />
          <Dialog.Close className="dialog-close" aria-label="Close">
            <X aria-hidden />
          </Dialog.Close>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
