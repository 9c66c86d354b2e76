import { type BucketValue, Envelope, RunningMean, warmUpRows } from "./envelope";
import { RowStore } from "./rowStore";

/** A chart draws at most this many points per series, and a neighbour on each side of a zoomed range. */
export const MAX_POINTS = 400;
export const DEFAULT_SMOOTHING = 0.9;
/** Buckets of a decade on a logarithmic axis of steps, and of all steps that f32 can count. */
const LOG_PER_DECADE = 60;
const LOG_POINTS = Math.ceil(LOG_PER_DECADE * Math.log10(2 ** 24)) + 1;

export interface SeriesQuery {
  /** Steps, both included; without them the whole run. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Buckets that are equally wide on a logarithmic axis. */
  readonly log?: boolean;
  /** As before, if it is not given. */
  readonly smoothing?: number;
}

/** Some neighbouring rows as one point. */
export interface SeriesBucket {
  readonly firstStep: number;
  /** The last one. */
  readonly step: number;
  readonly rows: number;
  /** One for each column asked for; undefined where none of its values is finite. */
  readonly values: readonly (BucketValue | undefined)[];
}

class Column {
  readonly linear = new Envelope(MAX_POINTS);
  readonly log = new Envelope(LOG_POINTS);
  constructor(public mean: RunningMean) {}
}

/** First and last step and the number of rows of each bucket. */
class Extent {
  readonly first: Float64Array;
  readonly last: Float64Array;
  readonly rows: Float64Array;

  constructor(size: number) {
    [this.first, this.last, this.rows] = [new Float64Array(size), new Float64Array(size), new Float64Array(size)];
  }

  add(bucket: number, step: number): void {
    if (this.rows[bucket] === 0) this.first[bucket] = step;
    this.last[bucket] = step;
    this.rows[bucket] = this.rows[bucket]! + 1;
  }

  halve(): void {
    const half = this.rows.length / 2;
    for (let i = 0; i < half; i++) {
      this.first[i] = this.first[2 * i]!;
      this.last[i] = this.rows[2 * i + 1]! > 0 ? this.last[2 * i + 1]! : this.last[2 * i]!;
      this.rows[i] = this.rows[2 * i]! + this.rows[2 * i + 1]!;
    }
    this.rows.fill(0, half);
  }
}

const logBucket = (step: number, perDecade = LOG_PER_DECADE): number => Math.max(0, Math.floor(perDecade * Math.log10(Math.max(1, step))));

/**
 * Series over the steps of a run, column 0 being the step: the raw rows, and for drawing buckets of extremes and means, of which each
 * appended row touches one. Bucket sizes are powers of two, so that a bucket, once full, only ever joins its neighbour and the picture does
 * not flicker. Of more than `maxRows` rows the oldest stay in the buckets only.
 */
export class SeriesTable {
  readonly rows: RowStore;
  readonly #columns: number;
  #bucketSize = 1;
  #linear = new Extent(MAX_POINTS);
  #log = new Extent(LOG_POINTS);
  /** One for each column but the step. */
  #tracked: Column[] = [];

  constructor(columns: number, maxRows: number) {
    this.#columns = columns;
    this.rows = new RowStore(columns, maxRows);
    this.#clear();
  }

  get length(): number {
    return this.rows.length;
  }

  get firstStep(): number {
    return this.#linear.first[0] ?? 0;
  }

  get lastStep(): number {
    return this.length === 0 ? 0 : this.rows.at(this.length - 1, 0);
  }

  /** @param rows row-major; if they begin at a step that is there already, the run went back to before it. */
  append(rows: Float32Array): void {
    const [step] = rows;
    if (step === undefined) return;
    if (this.length > 0 && step <= this.lastStep) this.goBackTo(step - 1);
    const from = this.length;
    this.rows.append(rows);
    this.#add(from);
  }

  /** Forgets what came after a step. */
  goBackTo(step: number): void {
    this.rows.truncate(this.rows.search(0, step + 1));
    this.#clear();
    this.#add(this.rows.firstKept);
  }

  /** The points of some columns in order of steps; those of a range from the raw rows, with a neighbour on each side. */
  buckets(columns: readonly number[], query: SeriesQuery = {}): SeriesBucket[] {
    if (this.length === 0) return [];
    const { from = 0, to = Number.POSITIVE_INFINITY } = query;
    if (from <= this.firstStep && to >= this.lastStep) return this.#whole(columns, query);
    return this.#range(columns, from, to, query);
  }

  #clear(): void {
    this.#bucketSize = 1;
    [this.#linear, this.#log] = [new Extent(MAX_POINTS), new Extent(LOG_POINTS)];
    this.#tracked = Array.from(
      { length: this.#columns - 1 },
      (_, i) => new Column(new RunningMean(this.#tracked[i]?.mean.smoothing ?? DEFAULT_SMOOTHING)),
    );
  }

  /** Puts the rows from `from` on into their buckets. */
  #add(from: number): void {
    const { length } = this;
    for (let row = from; row < length; ) {
      if (Math.floor(row / this.#bucketSize) >= MAX_POINTS) this.#halve();
      const end = Math.min(length, MAX_POINTS * this.#bucketSize);
      const steps = this.rows.column(0, row, end);
      const logs = Int32Array.from(steps, (step) => logBucket(step));
      for (let i = 0; i < steps.length; i++) {
        this.#linear.add(this.#bucketAt(row + i), steps[i]!);
        this.#log.add(logs[i]!, steps[i]!);
      }
      this.#tracked.forEach(({ linear, log, mean }, column) => {
        const values = this.rows.column(column + 1, row, end);
        for (let i = 0; i < values.length; i++) {
          const value = values[i]!;
          mean.add(value);
          linear.add(this.#bucketAt(row + i), value, mean.value);
          log.add(logs[i]!, value, mean.value);
        }
      });
      row = end;
    }
  }

  #bucketAt(row: number): number {
    return Math.floor(row / this.#bucketSize);
  }

  #halve(): void {
    this.#linear.halve();
    for (const { linear } of this.#tracked) linear.halve();
    this.#bucketSize *= 2;
  }

  /** Takes the running mean of a column anew; of rows that are gone it stays as it was. */
  #smooth(column: Column, index: number, smoothing: number): void {
    if (column.mean.smoothing === smoothing) return;
    const { firstKept, length } = this.rows;
    const values = this.rows.column(index, firstKept, length);
    const steps = this.rows.column(0, firstKept, length);
    const linearFrom = Math.ceil(firstKept / this.#bucketSize);
    const logFrom = firstKept === 0 ? 0 : logBucket(steps[0] ?? 1) + 1;
    column.mean = new RunningMean(smoothing, firstKept);
    column.linear.clearSmooth(linearFrom);
    column.log.clearSmooth(logFrom);
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      column.mean.add(value);
      const [linear, log] = [this.#bucketAt(firstKept + i), logBucket(steps[i]!)];
      if (linear >= linearFrom) column.linear.addSmooth(linear, value, column.mean.value);
      if (log >= logFrom) column.log.addSmooth(log, value, column.mean.value);
    }
  }

  #whole(columns: readonly number[], { log = false, smoothing }: SeriesQuery): SeriesBucket[] {
    const found = columns.map((index) => {
      const column = this.#tracked[index - 1];
      if (column === undefined) throw new RangeError(`There is no column ${index} to draw.`);
      if (smoothing !== undefined) this.#smooth(column, index, smoothing);
      return log ? column.log : column.linear;
    });
    return collect(log ? this.#log : this.#linear, found);
  }

  #range(columns: readonly number[], from: number, to: number, { log = false, smoothing }: SeriesQuery): SeriesBucket[] {
    const { firstKept, length } = this.rows;
    const [first, end] = [this.rows.search(0, from), this.rows.search(0, to + 1e-9)];
    const size = 2 ** Math.max(0, Math.ceil(Math.log2(Math.max(1, end - first) / MAX_POINTS)));
    // On a logarithmic axis the neighbours are single rows.
    const start = Math.max(firstKept, log ? first - 1 : (Math.floor(first / size) - 1) * size);
    const stop = Math.min(length, log ? end + 1 : (Math.ceil(end / size) + 1) * size);
    // Of rows that are gone nothing is known closely.
    if (stop <= start || to < this.rows.at(firstKept, 0)) return [];
    const steps = this.rows.column(0, start, stop);
    const perDecade = MAX_POINTS / Math.max(1e-6, Math.log10(steps.at(-1)! / Math.max(1, steps[0]!)));
    const offset = log ? logBucket(steps[0]!, perDecade) : Math.floor(start / size);
    const indexes = Int32Array.from(steps, (step, i) => (log ? logBucket(step, perDecade) : Math.floor((start + i) / size)) - offset);
    const count = Math.max(...[indexes.at(-1)!, 0]) + 1;
    const extent = new Extent(count);
    for (let i = 0; i < steps.length; i++) extent.add(indexes[i]!, steps[i]!);
    const found = columns.map((column) => {
      const envelope = new Envelope(count);
      const kept = smoothing ?? this.#tracked[column - 1]?.mean.smoothing ?? DEFAULT_SMOOTHING;
      const warm = Math.max(firstKept, start - warmUpRows(kept));
      const mean = new RunningMean(kept, warm);
      const values = this.rows.column(column, warm, stop);
      for (let i = 0; i < values.length; i++) {
        const value = values[i]!;
        mean.add(value);
        if (warm + i >= start) envelope.add(indexes[warm + i - start]!, value, mean.value);
      }
      return envelope;
    });
    return collect(extent, found);
  }
}

/** The buckets that hold rows. */
function collect({ first, last, rows }: Extent, envelopes: readonly Envelope[]): SeriesBucket[] {
  const buckets: SeriesBucket[] = [];
  for (let i = 0; i < rows.length; i++) {
    if (rows[i] === 0) continue;
    buckets.push({ firstStep: first[i]!, step: last[i]!, rows: rows[i]!, values: envelopes.map((each) => each.at(i)) });
  }
  return buckets;
}
