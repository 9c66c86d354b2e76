/** Numbers of a chunk: a quarter of a mebibyte. */
const CHUNK_FLOATS = 65_536;

/**
 * Rows of f32 columns, kept column by column in chunks: appending copies nothing that is there, and a scan of one column reads it in order.
 * Of more than `maxRows` rows the oldest chunks are let go.
 */
export class RowStore {
  readonly #columns: number;
  readonly #maxRows: number;
  /** A power of two. */
  readonly #chunkRows: number;
  #chunks: Float32Array[] = [];
  /** Chunks let go. */
  #gone = 0;
  #length = 0;

  constructor(columns: number, maxRows: number) {
    this.#columns = columns;
    this.#chunkRows = Math.max(64, 2 ** Math.floor(Math.log2(CHUNK_FLOATS / columns)));
    this.#maxRows = Math.max(maxRows, this.#chunkRows);
  }

  /** Rows ever appended. */
  get length(): number {
    return this.#length;
  }

  /** The first row that is still there. */
  get firstKept(): number {
    return this.#gone * this.#chunkRows;
  }

  get bytes(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
  }

  /** @param rows row-major. */
  append(rows: Float32Array): void {
    const count = Math.floor(rows.length / this.#columns);
    for (let i = 0; i < count; ) {
      const inChunk = this.#length % this.#chunkRows;
      if (inChunk === 0) this.#chunks.push(new Float32Array(this.#chunkRows * this.#columns));
      const chunk = this.#chunks[this.#chunks.length - 1]!;
      const taken = Math.min(count - i, this.#chunkRows - inChunk);
      for (let column = 0; column < this.#columns; column++) {
        const to = column * this.#chunkRows + inChunk;
        for (let row = 0; row < taken; row++) chunk[to + row] = rows[(i + row) * this.#columns + column]!;
      }
      this.#length += taken;
      i += taken;
    }
    while (this.#length - this.firstKept - this.#chunkRows >= this.#maxRows) {
      this.#chunks.shift();
      this.#gone++;
    }
  }

  /** Drops all rows from `length` on. */
  truncate(length: number): void {
    this.#length = Math.max(this.firstKept, Math.min(length, this.#length));
    this.#chunks = this.#chunks.slice(0, Math.ceil(this.#length / this.#chunkRows) - this.#gone);
  }

  /** NaN for a row that is not kept. */
  at(row: number, column: number): number {
    const chunk = this.#chunks[Math.floor(row / this.#chunkRows) - this.#gone];
    return chunk === undefined || row < 0 || row >= this.#length
      ? Number.NaN
      : (chunk[column * this.#chunkRows + (row % this.#chunkRows)] ?? Number.NaN);
  }

  /** A copy of one column's rows from `from` to before `to`, which must be kept. */
  column(column: number, from: number, to: number): Float32Array {
    const values = new Float32Array(Math.max(0, to - from));
    for (let row = from; row < to; ) {
      const inChunk = row % this.#chunkRows;
      const taken = Math.min(to - row, this.#chunkRows - inChunk);
      const start = column * this.#chunkRows + inChunk;
      const chunk = this.#chunks[Math.floor(row / this.#chunkRows) - this.#gone];
      if (chunk !== undefined) values.set(chunk.subarray(start, start + taken), row - from);
      row += taken;
    }
    return values;
  }

  /** The first kept row whose value in an ascending column is at least `value`; `length` if there is none. */
  search(column: number, value: number): number {
    let [low, high] = [this.firstKept, this.#length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.at(middle, column) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
