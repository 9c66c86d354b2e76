import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";
import { parseSync } from "vite";

/**
 * @typedef {object} Layer
 * @property {string} at A folder ("plan/") or a file ("config.ts") below src; the longest that fits a file is its layer.
 * @property {readonly string[]} may What it may import beside itself: folders or files.
 * @property {readonly string[]} [mayTypes] What it may import with `import type` only.
 * @property {readonly string[]} [packages] Packages it may import; "node:" stands for all of Node's own.
 */

const configuration = ["config.ts", "configPath.ts", "presets.ts", "experiments/", "probes.ts", "horizon.ts", "race/"];
const engine = ["train/", "model/", "gpu/", "cpu/", "data/", "plan/", "shaders/", ...configuration];
const interfacePackages = ["react", "react-dom", "radix-ui", "lucide-react", "recharts", "zustand", "valibot"];

/** The one table of import directions. Tests, and src/testing, may import anything. @type {readonly Layer[]} */
export const layers = [
  { at: "shaders/", may: [] },
  { at: "plan/", may: ["shaders/"] },
  { at: "gpu/", may: ["plan/", "shaders/"] },
  { at: "cpu/", may: ["plan/", "shaders/"] },
  { at: "config.ts", may: configuration, packages: ["valibot"] },
  { at: "configPath.ts", may: configuration, packages: ["valibot"] },
  { at: "presets.ts", may: configuration },
  { at: "experiments/", may: configuration },
  { at: "probes.ts", may: ["config.ts"] },
  { at: "horizon.ts", may: ["probes.ts"] },
  { at: "race/", may: ["config.ts"] },
  { at: "files/", may: ["config.ts", "shaders/half.ts"], mayTypes: ["train/"], packages: ["valibot"] },
  { at: "data/", may: ["config.ts", "shaders/threefry.ts", "shaders/cross_entropy.ts"], packages: ["valibot"] },
  { at: "model/", may: ["plan/", "shaders/", "config.ts", "probes.ts"] },
  { at: "train/", may: ["model/", "plan/", "shaders/", "data/", ...configuration] },
  { at: "worker/reports.ts", may: [], mayTypes: ["plan/", "train/", "gpu/", "data/", ...configuration] },
  { at: "worker/protocol.ts", may: configuration, mayTypes: ["worker/reports.ts", "plan/", "train/", "gpu/", "data/"] },
  { at: "worker/client.ts", may: ["worker/protocol.ts"], mayTypes: configuration },
  { at: "worker/", may: ["worker/protocol.ts", "worker/reports.ts", "files/", ...engine] },
  { at: "headless/", may: ["worker/devices.ts", "files/", ...engine], packages: ["node:", "webgpu", "valibot"] },
  { at: "verify/", may: ["files/", "headless/dawn.ts", "worker/devices.ts", ...engine], packages: ["node:", "valibot"] },
  { at: "ui/", may: ["worker/client.ts", "worker/protocol.ts", "worker/reports.ts", ...configuration], packages: interfacePackages },
];

/** The worker's own code is started by the client, and imported by nobody. */
const startedBy = { from: "worker/client.ts", to: "worker/worker.ts" };

const holds = (/** @type {string} */ place, /** @type {string} */ path) => (place.endsWith("/") ? path.startsWith(place) : path === place);
const layerOf = (/** @type {string} */ path) =>
  layers
    .filter(({ at }) => holds(at, path))
    .reduce((best, layer) => (best && best.at.length > layer.at.length ? best : layer), /** @type {Layer | undefined} */ (undefined));
const isExempt = (/** @type {string} */ path) => path.startsWith("testing/") || /\.test\.tsx?$/.test(path);

/**
 * Why a file may not import another, or undefined if it may.
 * @param {string} from Path below src.
 * @param {string} to Path below src, or a package's name.
 * @param {{ isType?: boolean, isUrl?: boolean, isPackage?: boolean }} [kind]
 * @returns {string | undefined}
 */
export function refusal(from, to, { isType = false, isUrl = false, isPackage = false } = {}) {
  if (isExempt(from)) return undefined;
  const layer = layerOf(from);
  if (layer === undefined) return `${from} belongs to no layer: add its folder to the table in scripts/lib/imports.mjs`;
  if (isPackage) {
    const allowed = (layer.packages ?? []).some((name) =>
      name.endsWith(":") ? to.startsWith(name) : to === name || to.startsWith(`${name}/`),
    );
    return allowed ? undefined : `${layer.at} may not import the package ${to}`;
  }
  if (isExempt(to)) return `${from} is not a test and may not import ${to}`;
  if (isUrl && from === startedBy.from && to === startedBy.to) return undefined;
  if (layerOf(to) === layer || layer.may.some((place) => holds(place, to))) return undefined;
  const onlyTypes = layer.mayTypes?.some((place) => holds(place, to)) ?? false;
  if (onlyTypes && isType) return undefined;
  return onlyTypes ? `${layer.at} may import only types from ${to}: use "import type"` : `${layer.at} may not import ${to}`;
}

/** @typedef {{ to: string, at: number, isType: boolean, isUrl: boolean }} Import */

/**
 * What a source file imports: statically, dynamically, in a type, or as the address of a worker or asset.
 * @param {string} path @param {string} source
 * @returns {readonly Import[]}
 */
export function importsOf(path, source) {
  const { staticImports, staticExports } = parseSync(path, source).module;
  /** @type {Import[]} */
  const found = staticImports.map(({ moduleRequest, entries, start }) => ({
    to: moduleRequest.value,
    at: start,
    isType: entries.length > 0 && entries.every(({ isType }) => isType),
    isUrl: false,
  }));
  for (const { entries, start } of staticExports) {
    const from = entries.find(({ moduleRequest }) => moduleRequest !== null)?.moduleRequest?.value;
    if (from !== undefined) found.push({ to: from, at: start, isType: entries.every(({ isType }) => isType), isUrl: false });
  }
  for (const { 1: to = "", index } of source.matchAll(/\bimport\(\s*["']([^"']+)["']/g))
    found.push({ to, at: index, isType: false, isUrl: false });
  for (const { 1: to = "", index } of source.matchAll(/\bnew URL\(\s*["'](\.[^"']+)["'],\s*import\.meta\.url/g)) {
    found.push({ to, at: index, isType: false, isUrl: true });
  }
  return found;
}

/**
 * Breaches of the import directions below a src folder, as lines "path:line: why".
 * @param {string} src
 * @returns {{ files: number, breaches: readonly string[] }}
 */
export function checkImports(src) {
  const paths = readdirSync(src, { recursive: true, encoding: "utf8" })
    .map((path) => path.split(sep).join("/"))
    // AssemblyScript is a language of its own, compiled apart.
    .filter((path) => /\.tsx?$/.test(path) && !path.startsWith("cpu/wasm/assembly/"))
    .sort();
  const breaches = paths.flatMap((path) => {
    const source = readFileSync(join(src, path), "utf8");
    return importsOf(path, source).flatMap(({ to, at, ...kind }) => {
      const why = to.startsWith(".") ? refusal(path, resolved(src, path, to), kind) : refusal(path, to, { ...kind, isPackage: true });
      return why === undefined ? [] : [`src/${path}:${source.slice(0, at).split("\n").length}: ${why}`];
    });
  });
  return { files: paths.length, breaches };
}

/** @param {string} src @param {string} from @param {string} to */
function resolved(src, from, to) {
  const plain = posix.join(dirname(from), to.replace(/\?.*$/, ""));
  const found = [plain, `${plain}.ts`, `${plain}.tsx`].find((path) => /\.\w+$/.test(path) && existsSync(join(src, path))) ?? plain;
  return relative(src, join(src, found)).split(sep).join("/");
}
