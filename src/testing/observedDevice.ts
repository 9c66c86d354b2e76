/** A device that behaves like another one and counts what is called on it and on its queue. */
export interface ObservedDevice {
  readonly device: GPUDevice;
  /** Calls by method name, such as "createBuffer" or "queue.submit". */
  readonly calls: ReadonlyMap<string, number>;
  count(method: string): number;
  /** Submits with work whose completion was asked for and has not come yet: now, and the most there ever were. */
  readonly pending: { now: number; most: number };
  /** Makes the device look lost by itself, with this message, which no API can do on request. */
  lose(message: string): void;
  /** From now on every error scope reports that memory ran out: drivers differ too much in when they do. */
  exhaustMemory(): void;
}

export function observeDevice(device: GPUDevice): ObservedDevice {
  const calls = new Map<string, number>();
  const pending = { now: 0, most: 0 };
  let lose: (message: string) => void = () => {};
  const lost = new Promise<GPUDeviceLostInfo>((resolve) => {
    lose = (message) => resolve(lostInfo(message));
    device.lost.then(resolve);
  });
  const observe = <T extends object>(target: T, prefix: string, overrides: ReadonlyMap<PropertyKey, unknown>): T =>
    new Proxy(target, {
      get(_, key) {
        if (overrides.has(key)) return overrides.get(key);
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          const name = prefix + String(key);
          calls.set(name, (calls.get(name) ?? 0) + 1);
          return value.apply(target, args);
        };
      },
    });
  const onSubmittedWorkDone = async () => {
    pending.now += 1;
    pending.most = Math.max(pending.most, pending.now);
    try {
      return await device.queue.onSubmittedWorkDone();
    } finally {
      pending.now -= 1;
    }
  };
  let isExhausted = false;
  const popErrorScope = async () => {
    const error = await device.popErrorScope();
    return isExhausted ? { message: "out of memory" } : error;
  };
  const queue = observe(device.queue, "queue.", new Map([["onSubmittedWorkDone", onSubmittedWorkDone]]));
  const observed = observe(
    device,
    "",
    new Map<PropertyKey, unknown>([
      ["queue", queue],
      ["lost", lost],
      ["popErrorScope", popErrorScope],
    ]),
  );
  const exhaustMemory = () => {
    isExhausted = true;
  };
  return { device: observed, calls, count: (method) => calls.get(method) ?? 0, pending, lose: (message) => lose(message), exhaustMemory };
}

function lostInfo(message: string): GPUDeviceLostInfo {
  return { __brand: "GPUDeviceLostInfo", reason: "unknown", message };
}
