/** Steps per second over about the last second of training, pauses left out. */
export class SpeedMeter {
  static readonly WINDOW_MS = 1000;
  #marks: { readonly at: number; readonly steps: number }[] = [];
  #steps = 0;

  /** Starts over: the time until the next `add` does not count. */
  reset(): void {
    this.#marks = [];
    this.#steps = 0;
  }

  /** Counts steps that have ended by `now` (milliseconds); returns steps per second, 0 while unknown. */
  add(steps: number, now: number): number {
    this.#steps += steps;
    this.#marks.push({ at: now, steps: this.#steps });
    while ((this.#marks[1]?.at ?? Number.POSITIVE_INFINITY) <= now - SpeedMeter.WINDOW_MS) this.#marks.shift();
    const first = this.#marks[0];
    if (first === undefined || now <= first.at) return 0;
    return ((this.#steps - first.steps) / (now - first.at)) * 1000;
  }
}
