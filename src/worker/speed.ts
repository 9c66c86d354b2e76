/** Steps per second over about the last second of training; time in which nothing trains is left out. */
export class SpeedMeter {
  static readonly WINDOW_MS = 1000;
  /** Training time and steps at the last calls of `add`, the oldest at the edge of the window. */
  #marks: { readonly at: number; readonly steps: number }[] = [{ at: 0, steps: 0 }];
  #trainedMs = 0;
  #steps = 0;
  #since: number;

  /** Times are in milliseconds, as of performance.now(). */
  constructor(now: number) {
    this.#since = now;
  }

  /** The time since the last `add` was no training time. */
  leaveOut(now: number): void {
    this.#since = now;
  }

  /** Counts steps that have ended by now; returns steps per second, 0 while unknown. */
  add(steps: number, now: number): number {
    this.#steps += steps;
    this.#trainedMs += now - this.#since;
    this.#since = now;
    this.#marks.push({ at: this.#trainedMs, steps: this.#steps });
    while ((this.#marks[1]?.at ?? Number.POSITIVE_INFINITY) <= this.#trainedMs - SpeedMeter.WINDOW_MS) this.#marks.shift();
    const first = this.#marks[0];
    if (first === undefined || this.#trainedMs <= first.at) return 0;
    return ((this.#steps - first.steps) / (this.#trainedMs - first.at)) * 1000;
  }
}
