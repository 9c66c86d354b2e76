import { getField } from "../configPath";
import type { Events } from "../worker/protocol";
import { useApp } from "./store";
import { client } from "./storeRun";

const EARLIER_SAMPLES = 5;
const CLASSIFY_INTERVAL_MS = 80;

/** Time to read a sample before the next takes its place. */
const READING_MS = 4_000;

let requestId = 0;
/** How many samples the open run has been asked for, and which run that is. */
let samples = { runId: 0, count: 0 };
let writtenAt = Number.NEGATIVE_INFINITY;
const nextRequest = (): number => ++requestId;

const canAnswer = (status: string): boolean => status === "ready" || status === "training" || status === "paused" || status === "finished";

/** Asks the network to write with the prompt, temperature and length of the settings. */
export function writeSample(): void {
  const { run, draft, sample, earlierSamples } = useApp.getState();
  const [prompt, temperature, length] = ["prompt", "temperature", "length"].map((field) => getField(draft, `sampling.${field}`));
  if (!canAnswer(run.status) || typeof prompt !== "string" || !(Number(temperature) > 0) || !(Number(length) >= 1)) return;
  const id = nextRequest();
  samples = { runId: run.id, count: samples.runId === run.id ? samples.count + 1 : 0 };
  const seed = (Number(getField(draft, "seed")) + samples.count) % 2 ** 32;
  useApp.setState({
    sample: { requestId: id, prompt, text: "", step: run.step, notice: "", done: false },
    earlierSamples: sample === undefined || sample.text === "" ? earlierSamples : [sample, ...earlierSamples].slice(0, EARLIER_SAMPLES),
  });
  client.send("sample", { runId: run.id, requestId: id, prompt, length: Number(length), temperature: Number(temperature), seed });
}

/** After a validation: writes a sample if wanted, unless one is being written or has only just been. */
export function writeSampleIfWanted(): void {
  const { run, autoSample, sample } = useApp.getState();
  const isFree = sample === undefined || (sample.done && performance.now() - writtenAt >= READING_MS);
  if (run.with?.config.task.kind === "text" && autoSample && isFree) writeSample();
}

/** What the network writes after the last step, if samples are wanted. */
export function writeLastSample(): void {
  const { run, autoSample } = useApp.getState();
  if (run.with?.config.task.kind === "text" && autoSample) writeSample();
}

export const setAutoSample = (autoSample: boolean): void => useApp.setState({ autoSample });

export function receiveSample(event: Events["sample"]): void {
  useApp.setState(({ sample }) => {
    if (sample === undefined || sample.requestId !== event.requestId) return {};
    if (event.done) writtenAt = performance.now();
    return {
      sample: { ...sample, step: event.step, text: sample.text + event.text, notice: event.notice || sample.notice, done: event.done },
    };
  });
}

let picture: Uint8Array | undefined;
let classifyId = 0;
let classifyTimer: ReturnType<typeof setTimeout> | undefined;

function classifyNow(): void {
  classifyTimer = undefined;
  const { run } = useApp.getState();
  if (picture === undefined || !canAnswer(run.status)) return;
  classifyId = nextRequest();
  client.send("classify", { runId: run.id, requestId: classifyId, pixels: picture });
}

function classifySoon(): void {
  if (classifyTimer === undefined) classifyTimer = setTimeout(classifyNow, CLASSIFY_INTERVAL_MS);
}

/** Has the network read a picture (784 intensities), at most a dozen times a second; undefined clears the reading. */
export function classify(pixels: Uint8Array | undefined): void {
  picture = pixels;
  if (pixels === undefined) {
    classifyId = 0;
    useApp.setState({ reading: undefined });
  } else {
    classifySoon();
  }
}

/** Reads the same picture again: the network has changed. */
export const classifyAgain = (): void => {
  if (picture !== undefined) classifySoon();
};

export function receiveReading(event: Events["classified"]): void {
  if (event.requestId === classifyId) useApp.setState({ reading: event.probabilities });
}
