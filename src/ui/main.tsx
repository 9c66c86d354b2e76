import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { isolate } from "./isolation";
import { useApp } from "./store";
import { startApp } from "./storeEvents";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/settings.css";
import "./styles/run.css";
import "./styles/dialog.css";
import "./styles/check.css";
import "./styles/layout.css";
import "./styles/views.css";
import "./styles/charts.css";
import "./styles/experiments.css";
import "./styles/stage.css";
import "./styles/digits.css";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no element with the id root");
startApp();
void isolate(
  {
    isolated: crossOriginIsolated,
    // Absent outside secure contexts, whatever its type says.
    serviceWorker: "serviceWorker" in navigator ? navigator.serviceWorker : undefined,
    storage: () => sessionStorage,
    reload: () => location.reload(),
  },
  () => useApp.getState().run.step === 0 && useApp.getState().run.status !== "training",
);
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
