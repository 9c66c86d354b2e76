/** A point of a curve in pixels; null is a gap. */
export type CurvePoint = readonly [x: number, y: number] | null;
/** A point of a band in pixels, from its upper to its lower edge; null is a gap. */
export type BandPoint = readonly [x: number, above: number, below: number] | null;

/** In tenths of a pixel: shorter text, the same picture. */
const tenths = (value: number): number => Math.round(value * 10) / 10;
const at = (x: number, y: number): string => `${tenths(x)} ${tenths(y)}`;

/** The pieces between gaps. */
function pieces<T>(points: readonly (T | null)[]): T[][] {
  const all: T[][] = [];
  let piece: T[] | undefined;
  for (const point of points) {
    if (point === null) {
      piece = undefined;
    } else if (piece === undefined) {
      piece = [point];
      all.push(piece);
    } else piece.push(point);
  }
  return all;
}

/** Through points, each reached as `stepped` says: straight, or held from the point before at its own height. */
function through(points: readonly (readonly [x: number, y: number])[], stepped: boolean): string {
  if (!stepped) return points.map(([x, y]) => at(x, y)).join("L");
  return points.map(([x, y], i) => (i === 0 ? at(x, y) : `V${tenths(y)}H${tenths(x)}`)).join("");
}

interface LineOptions {
  /** A point's value holds from the point before. */
  readonly stepped?: boolean;
  /** Goes on over gaps. */
  readonly connected?: boolean;
}

/** The path of a line; a point between two gaps is a dash as long as a pixel. */
export function linePath(points: readonly CurvePoint[], { stepped = false, connected = false }: LineOptions = {}): string {
  return pieces(connected ? points.filter((point) => point !== null) : points)
    .map((piece) => {
      const [first] = piece;
      return piece.length === 1 && first !== undefined ? `M${at(first[0] - 0.5, first[1])}h1` : `M${through(piece, stepped)}`;
    })
    .join("");
}

/** The path around a band. */
export function bandPath(points: readonly BandPoint[], { stepped = false, connected = false }: LineOptions = {}): string {
  return pieces(connected ? points.filter((point) => point !== null) : points)
    .map((piece) => {
      const above = piece.map(([x, y]) => [x, y] as const);
      const below = piece.map(([x, , y]) => [x, y] as const);
      // On the way back a step is walked from its other end.
      const back = stepped
        ? below.flatMap(([x, y], i) => (i === 0 ? [[x, y] as const] : [[below[i - 1]![0], y] as const, [x, y] as const]))
        : below;
      return `M${through(above, stepped)}L${through(back.reverse(), false)}z`;
    })
    .join("");
}

/** Circles at points, all in one path. */
export function circlesPath(points: readonly CurvePoint[], radius: number): string {
  return points
    .flatMap((point) =>
      point === null
        ? []
        : [`M${at(point[0] - radius, point[1])}a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0 ${-2 * radius} 0`],
    )
    .join("");
}
