/** One line of a panel: milliseconds of a step by what is varied; points that could not be measured are missing. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Panel {
  readonly label: string;
  readonly series: readonly Series[];
}

/** A letter of the title, at most; and room for what stands under it. */
const LETTER = 8;
const LEAST_WIDTH = 520;
const PANEL = { width: 250, height: 240, gap: 58, left: 58, top: 52 };
const LEGEND_ROW = 20;
const LEGEND_COLUMN = 150;

/** Okabe and Ito's colours, told apart with any colour vision; a lighter blue and an orange that show on dark ground as well. */
const colours = ["#d55e00", "#0072b2", "#56b4e9", "#009e73", "#cc79a7", "#999999", "#e69f00"];
const dashes = ["", "6 3", "2 3", "8 3 2 3", "1 4", "10 4", "4 2"];

const escapeXml = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const round = (value: number): string => String(Number(value.toFixed(1)));
const showTick = (value: number): string => (value >= 1 ? String(value) : String(Number(value.toPrecision(1))));

/** A logarithmic scale from a range of numbers to a range of pixels. */
function logScale([low, high]: readonly [number, number], [from, to]: readonly [number, number]): (value: number) => number {
  const span = Math.log(high / low) || 1;
  return (value) => from + (Math.log(value / low) / span) * (to - from);
}

/** Powers of ten that hold all values between them. */
function decades(values: readonly number[]): number[] {
  const first = Math.floor(Math.log10(Math.min(...values)));
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...values))));
  return Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i));
}

const range = (values: readonly number[]): readonly [number, number] => [Math.min(...values), Math.max(...values)];

function panelSvg({ label, series }: Panel, index: number, ticks: readonly number[], names: readonly string[]): string {
  const left = PANEL.left + index * (PANEL.width + PANEL.gap);
  const bottom = PANEL.top + PANEL.height;
  const xs = [...new Set(series.flatMap(({ points }) => points.map(([x]) => x)))].sort((a, b) => a - b);
  const x = logScale(range(xs), [left + 12, left + PANEL.width - 12]);
  const y = logScale(range(ticks), [bottom, PANEL.top]);
  const grid = ticks.map(
    (tick) =>
      `<line class="grid" x1="${left}" x2="${left + PANEL.width}" y1="${round(y(tick))}" y2="${round(y(tick))}"/>` +
      `<text class="tick" text-anchor="end" x="${left - 6}" y="${round(y(tick) + 4)}">${showTick(tick)}</text>`,
  );
  const columns = xs.map((value) => `<text class="tick" text-anchor="middle" x="${round(x(value))}" y="${bottom + 18}">${value}</text>`);
  const lines = series
    .filter(({ points }) => points.length > 0)
    .map(({ name, points }) => {
      const at = points.map(([px, py]) => [round(x(px)), round(y(py))] as const);
      const style = names.indexOf(name);
      const dots = at.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3" fill="${colours[style % colours.length]}"/>`);
      return `<polyline ${stroke(style)} points="${at.map((point) => point.join(",")).join(" ")}"/>${dots.join("")}`;
    });
  const title = `<text class="label" text-anchor="middle" x="${left + PANEL.width / 2}" y="${bottom + 38}">${escapeXml(label)}</text>`;
  return [...grid, ...columns, ...lines, title].join("\n");
}

function stroke(style: number): string {
  const dash = dashes[style % dashes.length] ?? "";
  return `fill="none" stroke="${colours[style % colours.length]}" stroke-width="${style === 0 ? 3 : 2}"${dash === "" ? "" : ` stroke-dasharray="${dash}"`}`;
}

/** Panels side by side on common logarithmic axes, with one legend; the first series is drawn boldest. Its text follows light and dark. */
export function plotSvg(title: string, panels: readonly Panel[]): string {
  const names = [...new Set(panels.flatMap(({ series }) => series.map(({ name }) => name)))];
  const ticks = decades(panels.flatMap(({ series }) => series.flatMap(({ points }) => points.map(([, y]) => y))));
  const width = Math.max(LEAST_WIDTH, PANEL.left + title.length * LETTER, PANEL.left + panels.length * (PANEL.width + PANEL.gap));
  const perRow = Math.max(1, Math.floor((width - PANEL.left) / LEGEND_COLUMN));
  const legendTop = PANEL.top + PANEL.height + 66;
  const height = legendTop + Math.ceil(names.length / perRow) * LEGEND_ROW;
  const legend = names.map((name, i) => {
    const [x, y] = [PANEL.left + (i % perRow) * LEGEND_COLUMN, legendTop + Math.floor(i / perRow) * LEGEND_ROW];
    return `<polyline ${stroke(i)} points="${x},${y - 4} ${x + 26},${y - 4}"/><text x="${x + 33}" y="${y}">${escapeXml(name)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="system-ui, sans-serif" font-size="13">
<title>${escapeXml(title)}</title>
<style>
text { fill: #1f2328 }
.tick { fill: #59636e; font-size: 12px }
.label { font-weight: 600 }
.grid { stroke: #d1d9e0 }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc }
  .tick { fill: #9198a1 }
  .grid { stroke: #3d444d }
}
</style>
<text class="label" x="${PANEL.left}" y="20">${escapeXml(title)}</text>
<text class="tick" x="${PANEL.left}" y="38">milliseconds of a training step; both axes are logarithmic, lower is faster</text>
${panels.map((panel, i) => panelSvg(panel, i, ticks, names)).join("\n")}
${legend.join("\n")}
</svg>
`;
}
