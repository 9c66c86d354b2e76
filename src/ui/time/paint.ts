import { MARK } from "./cells";
import { columnLeft, type NetworkGeometry, namedSteps } from "./geometry";
import { paintMark } from "./paintMark";
import type { Palette } from "./palette";
import { isReached, type TimePlan } from "./windows";

type Context = CanvasRenderingContext2D;

/** Everything a drawing of the network shows. */
export interface Picture {
  readonly geometry: NetworkGeometry;
  readonly plan: TimePlan;
  /** Level or mark of each cell [L, T]; undefined before the first frame. */
  readonly shades: Int16Array | undefined;
  /** Colour of each level. */
  readonly colours: readonly string[];
  /** Share of the first example's loss gradient that is left at each cell [L, T], of its largest; undefined: no path. */
  readonly path: Float64Array | undefined;
}

const HEAD = 4;
/** Decades over which the path thins out. */
const PATH_DECADES = 6;
const PALE = 0.35;
const FONT = "11px system-ui, sans-serif";

/** The parts of a drawing share one context and one geometry. */
class Painter {
  constructor(
    readonly context: Context,
    readonly picture: Picture,
    readonly palette: Palette,
  ) {}

  line(...points: readonly (readonly [x: number, y: number])[]): void {
    this.context.beginPath();
    for (const [x, y] of points) this.context.lineTo(x, y);
    this.context.stroke();
  }

  arrow(fromX: number, fromY: number, toX: number, toY: number): void {
    this.line([fromX, fromY], [toX, toY]);
    const angle = Math.atan2(toY - fromY, toX - fromX);
    const side = (turn: number): readonly [number, number] => [toX - HEAD * Math.cos(angle + turn), toY - HEAD * Math.sin(angle + turn)];
    this.line(side(0.5), [toX, toY], side(-0.5));
  }

  /** Middle of a column. */
  middle(t: number): number {
    return columnLeft(this.picture.geometry, t) + this.picture.geometry.cellWidth / 2;
  }
}

/** Arrows from step to step and from layer to layer, where there is room. */
function paintLinks(painter: Painter): void {
  const { context, palette, picture } = painter;
  const { geometry, plan } = picture;
  const { steps, layers, pitch, cellWidth, cellHeight, rowTops, arrows, lanes } = geometry;
  if (!arrows || lanes === undefined) return;
  const cuts = new Set(plan.windows.map(({ from }) => from));
  context.lineWidth = 1;
  for (let layer = 0; layer < layers; layer++) {
    const y = rowTops[layer]! + cellHeight / 2;
    for (let t = 1; t < steps; t++) {
      context.strokeStyle = palette.ruleStrong;
      context.setLineDash(cuts.has(t) ? [2, 2] : []);
      const x = columnLeft(geometry, t);
      painter.arrow(x - pitch + cellWidth + 1, y, x - 1.5, y);
    }
  }
  context.setLineDash([]);
  for (let t = 0; t < steps; t++) {
    const x = painter.middle(t);
    for (let layer = 0; layer < layers; layer++) {
      const below = layer === 0 ? lanes.input - 5 : rowTops[layer - 1]!;
      painter.arrow(x, below, x, rowTops[layer]! + cellHeight + 1.5);
    }
    if (t >= plan.firstLoss) painter.arrow(x, rowTops[layers - 1]!, x, lanes.loss + 6);
  }
}

/** Where truncation cuts the way back. */
function paintCuts(painter: Painter): void {
  const { context, palette, picture } = painter;
  const { geometry, plan } = picture;
  const { lanes, pitch, cellWidth } = geometry;
  if (lanes === undefined) return;
  context.strokeStyle = palette.ink2;
  context.lineWidth = 1;
  context.setLineDash([3, 3]);
  for (const { from } of plan.windows) {
    if (from === 0) continue;
    const x = Math.round(columnLeft(geometry, from) - (pitch - cellWidth) / 2) - 0.5;
    painter.line([x, lanes.bracket], [x, lanes.input + 6]);
  }
  context.setLineDash([]);
}

function paintCells({ context, palette, picture }: Painter): void {
  const { geometry, shades, colours } = picture;
  const { steps, layers, cellWidth, cellHeight, rowTops, pitch, arrows } = geometry;
  const round = arrows ? 4 : pitch >= 12 ? 2 : 0;
  for (let layer = 0; layer < layers; layer++) {
    const y = rowTops[layer]!;
    for (let t = 0; t < steps; t++) {
      const shade = shades === undefined ? MARK.unknown : shades[layer * steps + t]!;
      // In the strip columns may be narrower than a pixel.
      const x = columnLeft(geometry, t);
      const width = Math.max(cellWidth, 0.5);
      if (shade >= 0) {
        context.fillStyle = colours[shade]!;
        if (round > 0) {
          context.beginPath();
          context.roundRect(x, y, width, cellHeight, round);
          context.fill();
        } else {
          context.fillRect(x, y, width, cellHeight);
        }
      } else {
        paintMark(context, palette, shade, x, y, width, cellHeight, round);
      }
    }
  }
}

/** Inputs, losses, and the axis of steps. */
function paintEnds(painter: Painter): void {
  const { context, palette, picture } = painter;
  const { geometry, plan } = picture;
  const { lanes, steps, cellWidth, pitch } = geometry;
  if (lanes === undefined) return;
  const wide = pitch >= 8;
  context.lineWidth = 1;
  for (let t = 0; t < steps; t++) {
    const x = painter.middle(t);
    context.strokeStyle = palette.ink3;
    context.fillStyle = palette.ink3;
    if (wide) {
      context.beginPath();
      context.arc(x, lanes.input, Math.min(3.5, cellWidth / 3), 0, 2 * Math.PI);
      context.stroke();
    } else {
      context.fillRect(x - 0.5, lanes.input - 2, 1, 4);
    }
    if (t < plan.firstLoss) continue;
    context.fillStyle = palette.ink;
    const half = wide ? Math.min(4.5, cellWidth / 2.5) : 1.5;
    context.beginPath();
    context.moveTo(x, lanes.loss - half - (wide ? 0 : 2));
    context.lineTo(x + half, lanes.loss);
    context.lineTo(x, lanes.loss + half + (wide ? 0 : 2));
    context.lineTo(x - half, lanes.loss);
    context.fill();
  }
  context.font = FONT;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillStyle = palette.ink3;
  for (const t of namedSteps(geometry)) context.fillText(String(t + 1), painter.middle(t), lanes.axis + 1);
}

/** The windows of backpropagation through time, as brackets. */
function paintBrackets(painter: Painter): void {
  const { context, palette, picture } = painter;
  const { geometry, plan } = picture;
  const { lanes, cellWidth, scrolls } = geometry;
  if (lanes === undefined) return;
  const random = plan.windows.length === 0;
  const windows = random ? [{ from: 0, to: plan.steps }] : plan.windows;
  context.font = FONT;
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  context.lineWidth = 1;
  for (const { from, to } of windows) {
    const used = random || isReached(plan, from);
    const left = columnLeft(geometry, from) + 0.5;
    const right = columnLeft(geometry, to - 1) + cellWidth - 0.5;
    const y = lanes.bracket + 0.5;
    context.strokeStyle = used ? palette.ink2 : palette.ruleStrong;
    context.setLineDash(used && !random ? [] : [2, 3]);
    painter.line([left, y + 5], [left, y], [right, y], [right, y + 5]);
    context.setLineDash([]);
    const only = windows.length === 1;
    const steps = `${to - from} steps`;
    const fits = context.measureText(steps).width + 4 <= right - left;
    const text = only ? `BPTT, ${plan.label}` : !used ? "no gradient" : fits ? steps : String(to - from);
    const textWidth = context.measureText(text).width;
    if (textWidth + 4 > right - left && !only) continue;
    context.fillStyle = used ? palette.ink2 : palette.ink3;
    // At the end of what scrolls, where the view begins.
    const centre = only && scrolls ? right - textWidth / 2 : Math.max((left + right) / 2, textWidth / 2 + 2);
    context.fillText(text, centre, lanes.bracket - 4);
  }
}

/** The first example's loss on its way back: as wide as what is left of it, in decades. */
function paintPath(painter: Painter): void {
  const { context, palette, picture } = painter;
  const { geometry, path, plan } = picture;
  const { lanes, steps, layers, rowTops, cellHeight, cellWidth, pathLane, pitch } = geometry;
  if (path === undefined || lanes === undefined || pathLane === 0) return;
  const right = columnLeft(geometry, steps - 1) + cellWidth + 8;
  // The way that training does not go is pale.
  const cut = plan.windows.at(-1)?.from ?? 0;
  const laneOf = (layer: number): number => rowTops[layer]! + cellHeight + pathLane / 2 + 1;
  const halfWidth = (share: number): number =>
    share > 0 ? Math.max(0.35, 0.35 + 2.5 * Math.max(0, 1 + Math.log10(share) / PATH_DECADES)) : 0;
  context.strokeStyle = palette.cell;
  context.fillStyle = palette.cell;
  context.lineWidth = 1.5;
  context.lineJoin = "round";
  painter.line([painter.middle(steps - 1) + (pitch >= 8 ? 6 : 3), lanes.loss], [right, lanes.loss], [right, laneOf(0)]);
  context.lineJoin = "miter";
  for (let layer = 0; layer < layers; layer++) {
    const y = laneOf(layer);
    const shares = Array.from({ length: steps }, (_, t) => path[layer * steps + t]!);
    // As far as there is a gradient without a break.
    let first = steps;
    while (first > 0 && shares[first - 1]! > 0 && Number.isFinite(shares[first - 1]!)) first--;
    if (first === steps) continue;
    const edge = (t: number): readonly [x: number, half: number] => [
      t === steps ? right : painter.middle(t),
      halfWidth(shares[Math.min(t, steps - 1)]!),
    ];
    const band = (from: number, to: number): void => {
      context.beginPath();
      for (let t = to; t >= from; t--) context.lineTo(edge(t)[0], y - edge(t)[1]);
      for (let t = from; t <= to; t++) context.lineTo(edge(t)[0], y + edge(t)[1]);
      context.fill();
    };
    const kept = Math.max(first, cut);
    band(kept, steps);
    context.globalAlpha = cut > first ? PALE : 1;
    if (cut > first) band(first, kept);
    // Its end: an arrow head at the first step, a bar where it has come to nothing.
    const x = painter.middle(first);
    context.beginPath();
    if (first === 0) {
      context.moveTo(x - Math.min(7, pitch), y);
      context.lineTo(x, y - 3);
      context.lineTo(x, y + 3);
      context.fill();
    } else {
      context.fillRect(x - 1, y - 4, 1.5, 8);
    }
    context.globalAlpha = 1;
  }
}

/** Draws all of it; the context is scaled to CSS pixels. */
export function paintNetwork(context: Context, picture: Picture, palette: Palette): void {
  const painter = new Painter(context, picture, palette);
  context.clearRect(0, 0, picture.geometry.width, picture.geometry.height);
  paintLinks(painter);
  paintCuts(painter);
  paintCells(painter);
  paintPath(painter);
  paintEnds(painter);
  paintBrackets(painter);
}
