/** Lets the event loop run its other tasks (messages, timers) before going on. */
export interface Macrotasks {
  next(): Promise<void>;
  close(): void;
}

/**
 * Not by timers, which browsers delay by 4 ms once nested: through setImmediate in Node, which keeps the process alive only while
 * someone waits, else through a message to oneself.
 */
export function createMacrotasks(): Macrotasks {
  if (typeof setImmediate === "function") {
    return { next: () => new Promise((resolve) => setImmediate(resolve)), close() {} };
  }
  const { port1, port2 } = new MessageChannel();
  const waiting: (() => void)[] = [];
  port1.onmessage = () => waiting.shift()?.();
  return {
    next: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        port2.postMessage(null);
      }),
    close() {
      // A closed port delivers nothing more, so whoever waits goes on now.
      port1.close();
      for (const resolve of waiting.splice(0)) resolve();
    },
  };
}
