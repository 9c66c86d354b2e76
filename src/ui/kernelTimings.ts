import * as v from "valibot";
import { Remembered } from "./remembered";

/** Kinds of calls that are remembered of one adapter: those of a few dozen configurations. */
const MOST_CALLS = 500;

const timingSchema = v.object({
  key: v.pipe(v.string(), v.maxLength(500)),
  /** Milliseconds by form. */
  ms: v.record(v.pipe(v.string(), v.regex(/^\w{1,40}$/)), v.pipe(v.number(), v.finite(), v.minValue(0))),
});

const timingsSchema = v.object({
  adapter: v.pipe(v.string(), v.maxLength(300)),
  /** Of Unroll: another version has other kernels. */
  version: v.pipe(v.string(), v.maxLength(50)),
  timings: v.pipe(v.array(timingSchema), v.maxLength(MOST_CALLS)),
});

/** How long the forms of kernels take on this browser's adapters. */
const remembered = new Remembered("unroll-kernel-times", timingsSchema);

const storage = () => localStorage;

type Timings = v.InferOutput<typeof timingsSchema>["timings"];

export const recallTimings = (adapter: string, version: string): Timings => remembered.recall(storage, adapter, version)?.timings ?? [];

/** Keeps the latest calls; an empty list forgets them. */
export const rememberTimings = (adapter: string, version: string, timings: Readonly<Timings>): void =>
  remembered.remember(storage, { adapter, version, timings: timings.slice(-MOST_CALLS) });
