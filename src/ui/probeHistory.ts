import { ProbeFrame, type ProbeLayout } from "../probes";

/** A probed step of a run. */
export interface KeptFrame {
  readonly frame: ProbeFrame;
  readonly step: number;
  /** When the frame's horizon was measured, one object for all frames that hold it; undefined while the run has none. */
  readonly horizon: { readonly step: number } | undefined;
}

interface Bound {
  readonly bytes: number;
  readonly frames: number;
}

let lastId = 0;

const BOUND: Bound = { bytes: 64 * 2 ** 20, frames: 400 };

/**
 * The probed steps of one run, kept outside React, for scrubbing. When they reach the bound every other one goes, and from then on only every
 * other one that comes is kept, so that what is left covers the whole run evenly; the first and the newest are always there.
 * A frame without a horizon of its own holds the last one.
 */
export class ProbeHistory {
  /** Tells histories apart without holding on to them. */
  readonly id = ++lastId;
  readonly layout: ProbeLayout;
  readonly #most: number;
  readonly #bound: Bound;
  #kept: KeptFrame[] = [];
  #latest: KeptFrame | undefined;
  #latestIsKept = false;
  #arrived = 0;
  #stride = 1;
  #frames: readonly KeptFrame[] = [];

  constructor(layout: ProbeLayout, bound: Bound = BOUND) {
    this.layout = layout;
    this.#bound = bound;
    const rowBytes = layout.width * Float32Array.BYTES_PER_ELEMENT;
    // An even number, so that halving keeps the first and the spacing; two for a start and a newest.
    this.#most = Math.max(2, 2 * Math.floor(Math.min(bound.frames, bound.bytes / rowBytes) / 2));
  }

  /** In order of their steps; another array after each `append`. */
  get frames(): readonly KeptFrame[] {
    return this.#frames;
  }

  get latest(): KeptFrame | undefined {
    return this.#latest;
  }

  get bytes(): number {
    return this.#frames.length * this.layout.width * Float32Array.BYTES_PER_ELEMENT;
  }

  /** @param rows of layout.width numbers each, in order of their steps; copied. */
  append(rows: Float32Array): void {
    const { width } = this.layout;
    for (let start = 0; start + width <= rows.length; start += width) {
      const frame = new ProbeFrame(this.layout, rows.subarray(start, start + width));
      const isLast = start + 2 * width > rows.length;
      // What will neither be kept nor shown need not be copied.
      if (isLast || frame.hasHorizon || this.#isWanted) this.#add(new ProbeFrame(this.layout, frame.row.slice()));
      else this.#arrived++;
    }
    this.#frames = this.#latest === undefined || this.#latestIsKept ? [...this.#kept] : [...this.#kept, this.#latest];
  }

  /** Index in `frames` of the last frame of at most this step, else of the first; -1 if there are none. */
  indexAt(step: number): number {
    let [low, high] = [0, this.#frames.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#frames[middle]!.step <= step) low = middle + 1;
      else high = middle;
    }
    return this.#frames.length === 0 ? -1 : Math.max(0, low - 1);
  }

  /** The next frame to come falls on the stride. */
  get #isWanted(): boolean {
    return this.#arrived % this.#stride === 0;
  }

  /** A history of the frames up to a step, to which a run that was taken back there appends others. */
  until(step: number): ProbeHistory {
    const part = new ProbeHistory(this.layout, this.#bound);
    part.#kept = this.#kept.filter((each) => each.step <= step);
    part.#stride = this.#stride;
    part.#arrived = part.#kept.length * part.#stride;
    part.#latest = part.#kept.at(-1);
    part.#latestIsKept = true;
    part.#frames = [...part.#kept];
    return part;
  }

  #add(frame: ProbeFrame): void {
    const { step } = frame;
    const before = this.#latest;
    // What the row holds instead of a horizon is not the last one, but that of the ring's last round.
    if (!frame.hasHorizon && before !== undefined) {
      const { horizon, perParameter } = this.layout;
      frame.row.set(before.frame.row.subarray(horizon, perParameter), horizon);
    }
    const latest = { frame, step, horizon: frame.hasHorizon ? { step } : before?.horizon };
    this.#latest = latest;
    this.#latestIsKept = this.#isWanted;
    this.#arrived++;
    if (!this.#latestIsKept) return;
    // Full: room is made before the newest comes in, which then may fall between two strides.
    if (this.#kept.length === this.#most - 1) {
      this.#kept = this.#kept.filter((_, i) => i % 2 === 0);
      this.#stride *= 2;
      this.#latestIsKept = (this.#arrived - 1) % this.#stride === 0;
    }
    if (this.#latestIsKept) this.#kept.push(latest);
  }
}
