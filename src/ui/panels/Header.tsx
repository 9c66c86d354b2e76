import { ShieldCheck } from "lucide-react";
import { lazy, Suspense, useEffect, useState } from "react";
import { ExecutorChoice } from "../controls/ExecutorChoice";
import { ThemeSwitch } from "../controls/ThemeSwitch";
import { useApp } from "../store";
import { openCheck } from "../storeCheck";

const CheckDialog = lazy(async () => ({ default: (await import("./CheckDialog")).CheckDialog }));

export function Header() {
  const notice = useApp((state) => state.hello?.notice ?? "");
  const checking = useApp((state) => state.checkOpen);
  // The dialog's code is loaded when it is opened for the first time.
  const [wanted, setWanted] = useState(false);
  useEffect(() => {
    if (checking) setWanted(true);
  }, [checking]);
  return (
    <header className="header">
      <div className="title">
        <svg className="logo" viewBox="0 0 46 14" aria-hidden="true">
          <path d="M13 7h4M29 7h4" />
          <rect x="1" y="1" width="12" height="12" rx="2" />
          <rect x="17" y="1" width="12" height="12" rx="2" />
          <rect x="33" y="1" width="12" height="12" rx="2" />
        </svg>
        <h1>Unroll</h1>
        <p>Recurrent networks that learn in front of you, on your own machine.</p>
      </div>
      <div className="header-tools">
        <ExecutorChoice />
        <button id="check-device" type="button" onClick={openCheck}>
          <ShieldCheck aria-hidden /> Check my GPU
        </button>
        <ThemeSwitch />
      </div>
      {notice !== "" && <p className="device-notice">{notice}</p>}
      {wanted && (
        <Suspense>
          <CheckDialog />
        </Suspense>
      )}
    </header>
  );
}
