import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Makes the page cross-origin isolated, which shared WebAssembly memory and precise timers need. */
const isolation = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

export default defineConfig({
  // Relative addresses: the build works from any folder of any web server.
  base: "./",
  // Not a single-page application: a missing data file must be a 404, never index.html.
  appType: "mpa",
  plugins: [react()],
  worker: { format: "es" },
  server: { headers: isolation, port: 4173 },
  preview: { headers: isolation, port: 4173 },
  build: { target: "es2023", assetsInlineLimit: 0 },
});
