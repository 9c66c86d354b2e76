/** Runs tasks strictly one after another, in the order of the calls, and at once (synchronously) when nothing is under way. */
export class OrderedTasks {
  #tail: Promise<void> | undefined;

  get isIdle(): boolean {
    return this.#tail === undefined;
  }

  /** The task's own promise or exception; a task that fails does not hold up the next one. */
  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#tail === undefined ? task() : this.#tail.then(task);
    const settle = () => {
      if (this.#tail === tail) this.#tail = undefined;
    };
    const tail: Promise<void> = result.then(settle, settle);
    this.#tail = tail;
    return result;
  }
}
