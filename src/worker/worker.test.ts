import { afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import type { RunConfig } from "../config";
import { presetNamed } from "../presets";
import type { EventMessage, RequestMessage } from "./protocol";

const config: RunConfig = {
  ...presetNamed("copy-memory").config,
  task: { kind: "copy", symbols: 3, length: 2, delay: 2 },
  model: { cell: "gru", hiddenSize: 8, numLayers: 1, embeddingSize: 4, forgetBias: 0 },
  batchSize: 16,
  validation: { every: 20, batches: 1 },
};

/** The worker's global scope, as far as it is used. */
const scope: { navigator: object; postMessage: (event: EventMessage) => void; onmessage?: (message: { data: RequestMessage }) => void } = {
  navigator: {},
  postMessage: (event) => posted.push(event),
};
let posted: EventMessage[] = [];
let runId = 0;
let requestId = 0;

const send = (data: RequestMessage): void => scope.onmessage?.({ data });

async function next<K extends EventMessage["kind"]>(kind: K, fits: (event: EventMessage & { kind: K }) => boolean = () => true) {
  const is = (event: EventMessage): event is EventMessage & { kind: K } => event.kind === kind;
  return vi.waitFor(
    () => {
      const found = posted.filter(is).find(fits);
      if (found === undefined) throw new Error(`no ${kind} among ${posted.map((event) => event.kind).join(", ")}`);
      return found;
    },
    { timeout: 20_000 },
  );
}

async function openNew(): Promise<number> {
  const id = ++runId;
  send({ kind: "open", runId: id, config, executor: "cpu" });
  await next("opened", (event) => event.runId === id);
  return id;
}

/** Looks at a file of the open run; resolves once it was found good. */
async function inspectOwnFile(): Promise<number> {
  const id = await openNew();
  send({ kind: "save", runId: id });
  const saved = await next("saved", (event) => event.runId === id);
  if ("failure" in saved) expect.fail(saved.failure.message);
  send({ kind: "inspect", requestId: ++requestId, file: new File([saved.bytes], saved.name), executor: "cpu" });
  await next("inspected", (event) => event.requestId === requestId && "config" in event);
  return requestId;
}

beforeAll(async () => {
  vi.stubGlobal("self", scope);
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(null, { status: 404 })));
  await import("./worker");
  send({ kind: "start", dataUrl: "http://127.0.0.1/data/" });
  await next("hello");
});

beforeEach(() => {
  posted = [];
});

afterEach(() => send({ kind: "close", runId }));

it("a saved run that was found good is opened even if a new run came between", async () => {
  const saved = await inspectOwnFile();
  send({ kind: "open", runId: ++runId, config, executor: "cpu" });
  send({ kind: "open", runId: ++runId, config, executor: "cpu", saved });
  await next("opened", (event) => event.runId === runId);
  expect(posted.filter(({ kind }) => kind === "error")).toEqual([]);
});

it("a saved run is kept for one opening, and not once it was given up", async () => {
  const saved = await inspectOwnFile();
  send({ kind: "cancelInspect", requestId: saved });
  send({ kind: "open", runId: ++runId, config, executor: "cpu", saved });
  const { failure } = await next("error", (event) => event.runId === runId);
  expect(failure.message).toBe("Something went wrong inside Unroll: the saved run was opened or given up before.");
  const again = await inspectOwnFile();
  send({ kind: "open", runId: ++runId, config, executor: "cpu", saved: again });
  await next("opened", (event) => event.runId === runId);
  send({ kind: "open", runId: ++runId, config, executor: "cpu", saved: again });
  await next("error", (event) => event.runId === runId);
});
