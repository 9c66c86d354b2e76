import { ShieldCheck } from "lucide-react";
import { lazy, Suspense, useRef, useState } from "react";
import { ExecutorChoice } from "../controls/ExecutorChoice";
import { ThemeSwitch } from "../controls/ThemeSwitch";
import { useApp } from "../store";

const KernelCheckDialog = lazy(async () => ({ default: (await import("./KernelCheckDialog")).KernelCheckDialog }));

export function Header() {
  const notice = useApp((state) => state.hello?.notice ?? "");
  // Undefined until it is opened for the first time: its code is loaded then.
  const [checking, setChecking] = useState<boolean>();
  const opener = useRef<HTMLButtonElement>(null);
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
        <button ref={opener} type="button" onClick={() => setChecking(true)}>
          <ShieldCheck aria-hidden /> Check this device
        </button>
        <ThemeSwitch />
      </div>
      {notice !== "" && <p className="device-notice">{notice}</p>}
      {checking !== undefined && (
        <Suspense>
          <KernelCheckDialog open={checking} onOpenChange={setChecking} opener={opener} />
        </Suspense>
      )}
    </header>
  );
}
