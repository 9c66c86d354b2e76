import { threefry2x32 } from "../shaders/threefry";

/** Second key words of the streams drawn here, far from the small numbers that initialisation and sampling use. */
export const streams = { order: 0x6f72_0000, copyTrain: 0x6370_0000, copyValidation: 0x6370_0001 } as const;

const WORDS = 2 ** 32;

/** Random numbers from Threefry with the key (seed, stream) and the counters (index, 0), (index, 1), ... */
export class RandomStream {
  readonly #seed: number;
  readonly #stream: number;
  readonly #index: number;
  #block = 0;
  #spare = 0;
  #hasSpare = false;

  constructor(seed: number, stream: number, index: number) {
    this.#seed = seed;
    this.#stream = stream;
    this.#index = index;
  }

  /** The next u32. */
  next(): number {
    if (this.#hasSpare) {
      this.#hasSpare = false;
      return this.#spare;
    }
    const [word, spare] = threefry2x32(this.#seed, this.#stream, this.#index, this.#block++);
    this.#spare = spare;
    this.#hasSpare = true;
    return word;
  }

  /** A whole number from 0 to bound - 1, each equally likely: words beyond the last whole share are drawn again. Bound is 1 to 2^32. */
  below(bound: number): number {
    const share = Math.floor(WORDS / bound);
    let value = Math.floor(this.next() / share);
    while (value >= bound) value = Math.floor(this.next() / share);
    return value;
  }
}
