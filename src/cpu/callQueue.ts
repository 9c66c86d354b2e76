/** Runs tasks strictly one after another, in the order of the calls; the first starts at once. A task that fails does not hold up the next. */
export class CallQueue {
  readonly #waiting: (() => void)[] = [];
  #isBusy = false;

  get isIdle(): boolean {
    return !this.#isBusy;
  }

  run(task: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const start = () => {
        task()
          .then(resolve, reject)
          .then(() => this.#next());
      };
      if (this.#isBusy) {
        this.#waiting.push(start);
      } else {
        this.#isBusy = true;
        start();
      }
    });
  }

  #next(): void {
    const start = this.#waiting.shift();
    if (start === undefined) this.#isBusy = false;
    else start();
  }
}
