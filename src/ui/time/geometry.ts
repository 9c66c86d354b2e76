/** Where everything of the unrolled network lies on its canvas, in CSS pixels. Layer 1 is the lowest row. */
export interface NetworkGeometry {
  readonly steps: number;
  readonly layers: number;
  readonly width: number;
  readonly height: number;
  /** Left edge of the first column; columns are `pitch` apart. */
  readonly left: number;
  readonly pitch: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
  /** Top of each layer's cells. */
  readonly rowTops: readonly number[];
  /** Wider than the place that there is. */
  readonly scrolls: boolean;
  /** There is room for an arrow between two cells. */
  readonly arrows: boolean;
  /** Below each row: the lane of the path; 0 without one. */
  readonly pathLane: number;
  /** Middle of the lanes above and below the rows; undefined in the strip, which has none. */
  readonly lanes: { readonly bracket: number; readonly loss: number; readonly input: number; readonly axis: number } | undefined;
}

export interface CellPlace {
  readonly layer: number;
  /** From 0. */
  readonly t: number;
}

interface Options {
  readonly steps: number;
  readonly layers: number;
  /** Width that there is. */
  readonly available: number;
  /** With a lane for the path of one example's loss. */
  readonly path: boolean;
}

const MAX_PITCH = 44;
/** Narrower columns cannot be pointed at; the drawing is then wider than the page, and scrolls. */
const MIN_PITCH = 3;
const ARROW_PITCH = 28;
const SIDE = 8;
/** Right of the last column, where the path comes down from the loss. */
const PATH_SIDE = 16;
const PATH_LANE = 11;
const BRACKET = 26;
const LOSS = 16;
const INPUT = 16;
const AXIS = 18;

const gapOf = (pitch: number): number => (pitch >= ARROW_PITCH ? Math.round(pitch * 0.32) : pitch >= 12 ? 3 : pitch >= 5 ? 1 : 0);

const cellHeightOf = (pitch: number, layers: number): number => {
  if (pitch >= ARROW_PITCH) return Math.min(28, pitch - gapOf(pitch));
  return layers <= 4 ? 26 : 18;
};

/** The network in full, with brackets, losses, inputs and an axis. */
export function networkGeometry({ steps, layers, available, path }: Options): NetworkGeometry {
  const room = available - 2 * SIDE - (path ? PATH_SIDE : 0);
  // Whole pixels, so that all columns are equally wide.
  const pitch = Math.max(MIN_PITCH, Math.min(MAX_PITCH, Math.floor(room / steps)));
  const arrows = pitch >= ARROW_PITCH;
  const cellHeight = cellHeightOf(pitch, layers);
  const pathLane = path ? PATH_LANE : 0;
  const rowGap = (arrows ? 20 : 7) + (path && !arrows ? PATH_LANE : path ? 2 : 0);
  const firstRow = BRACKET + LOSS + (arrows ? 10 : 4);
  const rowTops = Array.from({ length: layers }, (_, layer) => firstRow + (layers - 1 - layer) * (cellHeight + rowGap));
  const bottom = firstRow + layers * (cellHeight + rowGap) - rowGap + Math.max(pathLane, arrows ? 10 : 2);
  const width = 2 * SIDE + steps * pitch + (path ? PATH_SIDE : 0);
  return {
    steps,
    layers,
    width,
    scrolls: width > available,
    height: bottom + INPUT + AXIS,
    left: SIDE,
    pitch,
    cellWidth: pitch - gapOf(pitch),
    cellHeight,
    rowTops,
    arrows,
    pathLane,
    lanes: { bracket: 17, loss: BRACKET + LOSS / 2, input: bottom + INPUT / 2, axis: bottom + INPUT + AXIS / 2 },
  };
}

/** Cells alone, as wide as there is room and no higher than `height`: columns may be narrower than a pixel. */
export function stripGeometry(steps: number, layers: number, available: number, height: number): NetworkGeometry {
  const exact = available / steps;
  const pitch = exact >= 4 ? Math.floor(exact) : exact;
  const gap = pitch >= 12 ? 2 : pitch >= 5 ? 1 : 0;
  const rowGap = layers > 4 ? 2 : 4;
  const cellHeight = Math.floor((height - (layers - 1) * rowGap) / layers);
  return {
    steps,
    layers,
    width: available,
    scrolls: false,
    height,
    left: Math.floor((available - pitch * steps + gap) / 2),
    pitch,
    cellWidth: pitch - gap,
    cellHeight,
    rowTops: Array.from({ length: layers }, (_, layer) => (layers - 1 - layer) * (cellHeight + rowGap)),
    arrows: false,
    pathLane: 0,
    lanes: undefined,
  };
}

/** Left edge of a column. */
export const columnLeft = ({ left, pitch }: NetworkGeometry, t: number): number => left + t * pitch;

/** The cell at a point, its gaps and path included; the nearest row above or below the rows. */
export function cellAt(geometry: NetworkGeometry, x: number, y: number): CellPlace | undefined {
  const t = Math.floor((x - geometry.left) / geometry.pitch);
  if (t < 0 || t >= geometry.steps || y < 0 || y > geometry.height) return undefined;
  let layer = 0;
  const distance = (each: number): number => Math.abs(geometry.rowTops[each]! + geometry.cellHeight / 2 - y);
  for (let each = 1; each < geometry.layers; each++) if (distance(each) < distance(layer)) layer = each;
  return { layer, t };
}

/** Where an arrow key moves the cursor: along time, or up and down the layers; undefined for other keys. */
export function movedBy(
  key: string,
  { layer, t }: CellPlace,
  { layers, steps }: Pick<NetworkGeometry, "layers" | "steps">,
): CellPlace | undefined {
  const to = (nextLayer: number, nextT: number): CellPlace => ({
    layer: Math.min(layers - 1, Math.max(0, nextLayer)),
    t: Math.min(steps - 1, Math.max(0, nextT)),
  });
  switch (key) {
    case "ArrowLeft":
      return to(layer, t - 1);
    case "ArrowRight":
      return to(layer, t + 1);
    case "ArrowUp":
      return to(layer + 1, t);
    case "ArrowDown":
      return to(layer - 1, t);
    case "PageUp":
      return to(layer, t - 10);
    case "PageDown":
      return to(layer, t + 10);
    case "Home":
      return to(layer, 0);
    case "End":
      return to(layer, steps - 1);
    default:
      return undefined;
  }
}

/** Steps to be named on the axis, from 0: the first, and round numbers (of steps counted from 1) at least `room` pixels apart. */
export function namedSteps({ steps, pitch }: Pick<NetworkGeometry, "steps" | "pitch">, room = 30): number[] {
  const every = [1, 2, 5, 10, 20, 50, 100, 200, 500].find((each) => each * pitch >= room) ?? 1000;
  const round = Array.from({ length: Math.floor(steps / every) }, (_, i) => (i + 1) * every - 1);
  return every === 1 || (round[0] ?? 0) * pitch < room ? round : [0, ...round];
}
