/** Takes the rows that are new out of copies of the ring of probes. */
export class ProbeReader {
  readonly #width: number;
  #lastStep: number;

  /** @param lastStep the last step whose row is not wanted. */
  constructor(width: number, lastStep: number) {
    this.#width = width;
    this.#lastStep = lastStep;
  }

  /** The step of the last row taken. */
  get lastStep(): number {
    return this.#lastStep;
  }

  /** The rows of steps since the last call that the ring still has, in order, in an array of their own. */
  take(ring: Float32Array): Float32Array<ArrayBuffer> {
    const width = this.#width;
    const fresh = Array.from({ length: ring.length / width }, (_, i) => ({ step: ring[i * width] ?? 0, start: i * width }))
      .filter(({ step }) => step > this.#lastStep)
      .sort((a, b) => a.step - b.step);
    const rows = new Float32Array(fresh.length * width);
    for (const [i, { start }] of fresh.entries()) rows.set(ring.subarray(start, start + width), i * width);
    this.#lastStep = fresh.at(-1)?.step ?? this.#lastStep;
    return rows;
  }
}
