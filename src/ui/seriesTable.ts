import { type BucketValue, Envelope, RunningMean, warmUpRows } from "./envelope";
import { RowStore } from "./rowStore";

/** A chart draws at most this many points per series, and a neighbour on each side of a zoomed range. */
export const MAX_POINTS = 256;
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
  /** Of the running means; as before, if it is not given. */
  readonly smoothing?: number;
  /** So many of the columns, from the first, are wanted with that smoothing; all if it is not given. */
  readonly smoothed?: number;
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

  add(buckets: Int32Array, steps: Float32Array): void {
    const { first, last, rows } = this;
    for (let i = 0; i < steps.length; i++) {
      const bucket = buckets[i]!;
      if (rows[bucket] === 0) first[bucket] = steps[i]!;
      last[bucket] = steps[i]!;
      rows[bucket] = rows[bucket]! + 1;
    }
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

/** The buckets of ascending steps on a logarithmic axis, counted from `offset`. */
function logBuckets(steps: Float32Array, perDecade = LOG_PER_DECADE, offset = 0): Int32Array {
  const buckets = new Int32Array(steps.length);
  let [bucket, end] = [0, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < steps.length; i++) {
    // Many steps share a bucket: its end is worth more than their logarithms.
    if (steps[i]! >= end) {
      bucket = logBucket(steps[i]!, perDecade);
      end = 10 ** ((bucket + 1) / perDecade);
    }
    buckets[i] = bucket - offset;
  }
  return buckets;
}

/** Rows gone through at once: few enough to stay in the processor's cache. */
const BLOCK_ROWS = 8192;

function* blocks(from: number, to: number): Generator<readonly [from: number, to: number]> {
  for (let row = from; row < to; row += BLOCK_ROWS) yield [row, Math.min(to, row + BLOCK_ROWS)];
}

/** The buckets of neighbouring rows. */
function rowBuckets(first: number, count: number, size: number, offset = 0): Int32Array {
  const buckets = new Int32Array(count);
  for (let i = 0; i < count; i++) buckets[i] = Math.floor((first + i) / size) - offset;
  return buckets;
}

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
      const [buckets, logs] = [rowBuckets(row, steps.length, this.#bucketSize), logBuckets(steps)];
      this.#linear.add(buckets, steps);
      this.#log.add(logs, steps);
      this.#tracked.forEach(({ linear, log, mean }, column) => {
        const values = this.rows.column(column + 1, row, end);
        const smooths = mean.addAll(values);
        linear.add(buckets, values, smooths);
        log.add(logs, values, smooths);
      });
      row = end;
    }
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
    const linearFrom = Math.ceil(firstKept / this.#bucketSize);
    const logFrom = firstKept === 0 ? 0 : logBucket(this.rows.at(firstKept, 0)) + 1;
    column.linear.clearSmooth(linearFrom);
    column.log.clearSmooth(logFrom);
    column.mean = new RunningMean(smoothing, firstKept);
    for (const [from, to] of blocks(firstKept, length)) {
      const values = this.rows.column(index, from, to);
      const smooths = column.mean.addAll(values);
      column.linear.addSmooth(rowBuckets(from, values.length, this.#bucketSize), values, smooths, linearFrom);
      column.log.addSmooth(logBuckets(this.rows.column(0, from, to)), values, smooths, logFrom);
    }
  }

  #whole(columns: readonly number[], { log = false, smoothing, smoothed = columns.length }: SeriesQuery): SeriesBucket[] {
    const found = columns.map((index, i) => {
      const column = this.#tracked[index - 1];
      if (column === undefined) throw new RangeError(`There is no column ${index} to draw.`);
      if (smoothing !== undefined && i < smoothed) this.#smooth(column, index, smoothing);
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
    const indexes = log ? logBuckets(steps, perDecade, offset) : rowBuckets(start, steps.length, size, offset);
    const count = indexes.at(-1)! + 1;
    const extent = new Extent(count);
    extent.add(indexes, steps);
    const found = columns.map((column) => {
      const envelope = new Envelope(count);
      const kept = smoothing ?? this.#tracked[column - 1]?.mean.smoothing ?? DEFAULT_SMOOTHING;
      const warm = Math.max(firstKept, start - warmUpRows(kept));
      const mean = new RunningMean(kept, warm);
      mean.addAll(this.rows.column(column, warm, start));
      for (const [low, high] of blocks(start, stop)) {
        const values = this.rows.column(column, low, high);
        envelope.add(indexes.subarray(low - start, high - start), values, mean.addAll(values));
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
