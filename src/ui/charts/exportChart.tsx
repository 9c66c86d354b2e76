import { flushSync } from "react-dom";
import { createRoot } from "react-dom/client";
import { formatCount, formatTick } from "../format";
import { useApp } from "../store";
import type { ChartData } from "./chartData";
import { useCharts } from "./chartSettings";
import { Plot } from "./Plot";
import { type LineSpec, nameOf, type PlotSpec } from "./plotSpec";

const WIDTH = 900;
const HEIGHT = 420;
/** Title, key and what the picture is of. */
const HEAD = 66;
const EDGE = 14;
/** A PNG has so many pixels for one of the picture's. */
const DENSITY = 2;
const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif";
const NAMESPACE = "http://www.w3.org/2000/svg";

const slug = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");

/** Such as "unroll-digits-lstm-seed1-gradient-norm-steps-1-2400.csv". */
export function chartFileName(title: string, [from, to]: readonly [number, number], extension: string): string {
  const config = useApp.getState().run.with?.config;
  const run = config === undefined ? "unroll" : `unroll-${config.task.kind}-${config.model.cell}-seed${config.seed}`;
  return `${slug(run)}-${slug(title)}-steps-${Math.max(1, Math.ceil(from))}-${Math.floor(to)}.${extension}`;
}

/** Offers a file for download. */
export function downloadFile(name: string, content: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // Safari reads the address after the click.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** One line on what the picture shows: the run, its steps, and how its line is made. */
function caption({ x: { domain } }: ChartData): string {
  const config = useApp.getState().run.with?.config;
  const { smoothing } = useCharts.getState();
  const [from, to] = domain;
  const run = config === undefined ? [] : [`${config.task.kind}, ${config.model.cell}, seed ${config.seed}`];
  const line = smoothing > 0 ? `line: running mean, smoothing ${smoothing}; band: every value` : "band: every value";
  return [...run, `steps ${formatCount(Math.max(1, Math.ceil(from)))} to ${formatCount(Math.floor(to))}`, line].join(" · ");
}

function element(name: string, attributes: Readonly<Record<string, string | number>>, text = ""): SVGElement {
  const made = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.textContent = text;
  return made;
}

/** The key, as a row of lines with their names. */
function keyOf({ lines, validation, clipped, skipped, threshold }: PlotSpec): SVGElement {
  const group = element("g", { "font-size": 12, fill: "var(--ink-2)" });
  const entries: readonly Pick<LineSpec, "name" | "stroke" | "dash">[] = [
    ...lines,
    ...(validation === undefined ? [] : [{ name: validation, stroke: "var(--ink)" }]),
    ...(threshold === undefined ? [] : [{ name: `${threshold.name} ${formatTick(threshold.value)}`, stroke: "var(--ink)", dash: "4 3" }]),
    ...[clipped, skipped].filter((name) => name !== undefined).map((name) => ({ name, stroke: "var(--ink-3)", dash: "2 2" })),
  ];
  let x = 0;
  for (const { name, stroke, dash = "none" } of entries) {
    group.append(element("path", { d: `M${x} -4h18`, stroke, "stroke-width": 2, "stroke-dasharray": dash }));
    group.append(element("text", { x: x + 24 }, name));
    x += 24 + name.length * 6.6 + 20;
  }
  return group;
}

/** The page's colours, of which the picture has a copy: outside the page there are no custom properties. */
function withColours(svg: Element, from: Element): void {
  const style = getComputedStyle(from);
  const probe = document.createElement("span");
  from.append(probe);
  const resolved = new Map<string, string>();
  const resolve = (text: string): string =>
    text.replaceAll(/var\((--[\w-]+)\)/g, (_, name: string) => {
      let colour = resolved.get(name);
      if (colour === undefined) {
        // A colour of either theme becomes the one that is shown.
        probe.style.color = style.getPropertyValue(name);
        colour = getComputedStyle(probe).color;
        resolved.set(name, colour);
      }
      return colour;
    });
  for (const each of [svg, ...svg.querySelectorAll("*")]) {
    for (const attribute of each.attributes) if (attribute.value.includes("var(")) attribute.value = resolve(attribute.value);
  }
  probe.remove();
}

/** The chart as a picture that stands alone, in the colours of the page: the text of an SVG file. */
export async function chartSvg(spec: PlotSpec, data: ChartData): Promise<string> {
  const host = document.createElement("div");
  host.className = "off-screen";
  const page = document.querySelector("main") ?? document.body;
  page.append(host);
  const root = createRoot(host);
  try {
    flushSync(() => root.render(<Plot data={data} spec={spec} width={WIDTH} height={HEIGHT} />));
    // Recharts measures its text and draws again.
    await new Promise((resolve) => setTimeout(resolve, 60));
    const drawn = [...host.querySelectorAll<SVGSVGElement>(":not(svg) > svg")];
    if (drawn.length === 0) throw new Error("the chart was not drawn");
    const [width, height] = [WIDTH + 2 * EDGE, HEAD + HEIGHT + EDGE];
    const svg = element("svg", { xmlns: NAMESPACE, width, height, viewBox: `0 0 ${width} ${height}`, "font-family": FONT, fill: "none" });
    const plot = element("g", { transform: `translate(${EDGE} ${HEAD})` });
    plot.append(...drawn.flatMap((layer) => [...layer.childNodes].map((node) => node.cloneNode(true))));
    const head = element("g", { transform: `translate(${EDGE} 22)` });
    const title = spec.unit === "" ? nameOf(spec) : `${nameOf(spec)} (${spec.unit})`;
    head.append(element("text", { "font-size": 16, "font-weight": 650, fill: "var(--ink)" }, title));
    head.append(element("text", { y: 18, "font-size": 11, fill: "var(--ink-3)" }, caption(data)));
    const key = keyOf(spec);
    key.setAttribute("transform", "translate(0 37)");
    head.append(key);
    svg.append(element("title", {}, title), element("rect", { width: "100%", height: "100%", fill: "var(--paper)" }), head, plot);
    svg.append(
      element("text", { x: EDGE + WIDTH - 12, y: HEAD + HEIGHT + 6, "font-size": 11, "text-anchor": "end", fill: "var(--ink-3)" }, "step"),
    );
    for (const each of svg.querySelectorAll("[class]")) each.removeAttribute("class");
    withColours(svg, page);
    return new XMLSerializer().serializeToString(svg);
  } finally {
    root.unmount();
    host.remove();
  }
}

/** The same picture in pixels. */
export async function chartPng(spec: PlotSpec, data: ChartData): Promise<Blob> {
  const image = new Image();
  const address = URL.createObjectURL(new Blob([await chartSvg(spec, data)], { type: "image/svg+xml" }));
  try {
    image.src = address;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = image.width * DENSITY;
    canvas.height = image.height * DENSITY;
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) =>
      canvas.toBlob((blob) => (blob === null ? reject(new Error("the browser gave no picture")) : resolve(blob)), "image/png"),
    );
  } finally {
    URL.revokeObjectURL(address);
  }
}
