import type { Mutex } from "../train/mutex";

/**
 * Takes a turn of a mutex and keeps it until the function that it resolves to is called, or the owner is closed. Resolves when the turn has
 * come; at once, and holding nothing, when it is given up or the owner is closed before that.
 */
export function holdTurn(turns: Mutex, giveUp: AbortSignal, closed: AbortSignal): Promise<() => void> {
  const pointless = AbortSignal.any([giveUp, closed]);
  return new Promise((resolve) => {
    const held = (): Promise<void> =>
      new Promise((release) => {
        resolve(release);
        if (pointless.aborted) release();
        else closed.addEventListener("abort", () => release(), { once: true });
      });
    const holdNothing = (): void => resolve(() => {});
    if (pointless.aborted) holdNothing();
    else pointless.addEventListener("abort", holdNothing, { once: true });
    void turns.run(held);
  });
}
