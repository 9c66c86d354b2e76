import type { Measurement } from "./measure";

/** Reads what torch_peer.py printed. @throws Error if it is anything else. */
export function readMeasurement(value: unknown): Measurement {
  const at = (holder: unknown, key: string): unknown =>
    typeof holder === "object" && holder !== null ? Reflect.get(holder, key) : undefined;
  const number = (holder: unknown, key: string): number => {
    const found = at(holder, key);
    if (typeof found !== "number" || !Number.isFinite(found)) throw new Error(`the PyTorch script gave ${JSON.stringify(found)} as ${key}`);
    return found;
  };
  const [ms, loss, bytes] = [at(value, "msPerStep"), at(value, "loss"), at(value, "bytes")];
  return {
    device: String(at(value, "device")),
    msPerStep: { median: number(ms, "median"), min: number(ms, "min"), max: number(ms, "max") },
    firstStepMs: number(value, "firstStepMs"),
    steps: number(value, "steps"),
    dispatches: null,
    submits: null,
    bytes: typeof bytes === "number" ? bytes : null,
    ...{ flops: null, plainGflops: null },
    loss: { first: number(loss, "first"), last: number(loss, "last") },
  };
}
