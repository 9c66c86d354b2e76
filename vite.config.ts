import type { IncomingMessage, ServerResponse } from "node:http";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";
import packageFile from "./package.json" with { type: "json" };

/** Makes the page cross-origin isolated, which shared WebAssembly memory and precise timers need. */
const isolation = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/** Vite's servers declare a .gz file to be a compressed form of another; here it is the file itself, as on a plain web server. */
function gzipFilesAsTheyAre(): Plugin {
  const middleware = (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    if (/\.gz(\?|$)/.test(request.url ?? "")) {
      const writeHead = response.writeHead.bind(response);
      response.writeHead = (status: number, ...rest: unknown[]) => {
        for (const headers of rest)
          if (typeof headers === "object" && headers !== null) Reflect.deleteProperty(headers, "Content-Encoding");
        response.removeHeader("Content-Encoding");
        return Reflect.apply(writeHead, response, [status, ...rest]);
      };
    }
    next();
  };
  return {
    name: "gzip-files-as-they-are",
    configureServer: (server) => void server.middlewares.use(middleware),
    configurePreviewServer: (server) => void server.middlewares.use(middleware),
  };
}

export default defineConfig({
  // Relative addresses: the build works from any folder of any web server.
  base: "./",
  // Not a single-page application: a missing data file must be a 404, never index.html.
  appType: "mpa",
  plugins: [react(), gzipFilesAsTheyAre()],
  worker: { format: "es" },
  server: { headers: isolation, port: 4173 },
  preview: { headers: isolation, port: 4173 },
  define: { "import.meta.env.UNROLL_VERSION": JSON.stringify(packageFile.version) },
  build: { target: "es2023", assetsInlineLimit: 0 },
});
