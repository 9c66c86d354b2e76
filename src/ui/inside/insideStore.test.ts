import { beforeEach, expect, it, vi } from "vitest";
import { presetNamed } from "../../presets";
import { compileRun, summarise } from "../../train/compile";
import { nominalSize } from "../../train/nominal";
import type { DigitRead, InsideAnswer, InsideAsk, SequenceRead } from "../../worker/protocol";
import { closedRun, setRun, useApp } from "../store";
import { client } from "../storeRun";

const handlers: ((event: { runId: number; requestId: number; answer: InsideAnswer }) => void)[] = [];
vi.spyOn(client, "on").mockImplementation((kind, handler) => {
  // The one that the module under test registers.
  if (kind === "inside") handlers.push(handler as (typeof handlers)[number]);
  return () => undefined;
});
const sent = vi.spyOn(client, "send").mockImplementation(() => undefined);
const { canAsk, chooseUnit, lookAt, lookAtStep, rankUnits, readAgain, readSource, useInside, within } = await import("./insideStore");

const RUN = 7;
const asked = (): { requestId: number; ask: InsideAsk }[] =>
  sent.mock.calls.flatMap(([kind, payload]) => (kind === "inside" ? [payload as { requestId: number; ask: InsideAsk }] : []));
const lastAsked = () => asked().at(-1) ?? { requestId: -1, ask: { kind: "rank" } satisfies InsideAsk };
const answer = (given: InsideAnswer, requestId = lastAsked().requestId, runId = RUN): void => {
  for (const handler of handlers) handler({ runId, requestId, answer: given });
};

const read = (tokens: readonly number[]): SequenceRead => ({
  kind: "read",
  step: 5,
  source: { kind: "validation", start: 0, length: tokens.length },
  tokens: Uint32Array.from(tokens),
  targets: new Uint32Array(tokens.length),
  surprise: new Float32Array(tokens.length),
  topClasses: new Uint32Array(tokens.length),
  topProbabilities: new Float32Array(tokens.length),
  top: 1,
  quantities: ["h", "z"],
  numLayers: 2,
  hiddenSize: 4,
  deviceBytes: 0,
  hostBytes: 0,
  notice: "",
});
const digit: DigitRead = {
  kind: "digit",
  step: 5,
  probabilities: new Float32Array(280),
  predicted: 1,
  target: 1,
  score: "logit",
  quantities: ["h"],
  hiddenSize: 1,
  layers: [],
  dInput: new Float32Array(784),
};

function open(preset: string): void {
  const { config } = presetNamed(preset);
  const compiled = compileRun(config, nominalSize(config.task));
  setRun({
    ...closedRun(RUN),
    status: "paused",
    step: 5,
    with: { config, executor: "cpu", kernels: "auto", ownText: undefined },
    facts: {
      summary: summarise(compiled),
      data: { name: "", trainItems: 1, validationItems: 1, classes: 1, vocabulary: [] },
      device: { executor: "cpu", name: "", isSoftware: true, features: [], half: "none" },
      kernels: { choice: "fixed", uses: [] },
      probes: compiled.probes,
    },
  });
}

beforeEach(() => {
  useApp.setState({ run: closedRun(RUN - 1) });
  open("copy-memory");
  sent.mockClear();
});

it("each task reads what it has, and only an open run is asked", () => {
  readAgain();
  expect(lastAsked().ask).toEqual({ kind: "read", source: { kind: "sequence", index: 0 } });
  open("chars-small");
  readSource();
  expect(lastAsked().ask).toMatchObject({ kind: "read", source: { kind: "validation", start: 0 } });
  sent.mockClear();
  setRun({ status: "loading" });
  expect(canAsk(useApp.getState())).toBe(false);
  readSource();
  rankUnits();
  expect(asked()).toEqual([]);
  expect(useInside.getState().rankProgress).toBeUndefined();
});

it("a text is shown with its chosen unit and the character looked at; the same text again keeps its tokens", () => {
  chooseUnit({ layer: 9, unit: 99, quantity: "c" });
  readSource();
  expect(useInside.getState().readProgress).toBe(0);
  answer({ kind: "progress", of: "read", fraction: 0.5 });
  expect(useInside.getState().readProgress).toBe(0.5);
  answer(read([1, 2, 3]));
  const { tokens } = useInside.getState().read ?? {};
  // What the network lacks is the nearest that it has.
  expect(
    asked()
      .slice(-2)
      .map(({ ask }) => ask),
  ).toEqual([
    { kind: "unit", layer: 1, unit: 3 },
    { kind: "moment", at: 0 },
  ]);
  expect(within(useInside.getState().choice, read([1]))).toEqual({ layer: 1, unit: 3, quantity: "h" });
  readAgain();
  answer(read([1, 2, 3]));
  expect(useInside.getState().read?.tokens).toBe(tokens);
  readAgain();
  answer(read([1, 2, 4]));
  expect(useInside.getState().read?.tokens).not.toBe(tokens);
});

it("answers to older questions, and of other runs, are dropped; a reading under way is not begun anew", () => {
  readSource();
  const first = lastAsked().requestId;
  readSource();
  answer(read([1]), first);
  answer(read([1]), lastAsked().requestId, RUN + 1);
  expect(useInside.getState().read).toBeUndefined();
  sent.mockClear();
  readAgain();
  expect(asked()).toEqual([]);
});

it("a drawing, or a character pointed at, is asked about again only once the answer is there", () => {
  open("digits-small");
  for (let i = 0; i < 3; i++) lookAt(new Uint8Array([i]));
  expect(asked().map(({ ask }) => ask.kind)).toEqual(["digit"]);
  answer(digit);
  expect(asked().at(-1)?.ask).toMatchObject({ kind: "digit", pixels: new Uint8Array([2]) });
  answer(digit);
  expect(asked()).toHaveLength(2);
  lookAt(undefined);
  expect(useInside.getState().digit).toBeUndefined();

  open("copy-memory");
  readSource();
  answer(read([1, 2, 3, 4]));
  answer({ kind: "moment", at: 0, values: new Float32Array(1) });
  sent.mockClear();
  for (const at of [1, 2, 3]) lookAtStep(at);
  expect(asked().map(({ ask }) => ask)).toEqual([{ kind: "moment", at: 1 }]);
  answer({ kind: "moment", at: 1, values: new Float32Array(1) });
  expect(lastAsked().ask).toEqual({ kind: "moment", at: 3 });
});

it("another run, or the same from its start, forgets what was read; a failure is told, a cancelled ranking not", () => {
  readSource();
  answer(read([1]));
  setRun({ resetting: true });
  expect(useInside.getState().read).toBeUndefined();
  setRun({ resetting: false });
  readSource();
  const failure = { code: "no-data", message: "There is no text to read.", advice: "Paste one." } as const;
  answer({ kind: "end", of: "read", failure });
  expect(useInside.getState()).toMatchObject({ readProgress: undefined, failure });
  rankUnits();
  expect(useInside.getState()).toMatchObject({ rankProgress: 0, failure: undefined });
  answer({ kind: "end", of: "rank", failure: null });
  expect(useInside.getState()).toMatchObject({ rankProgress: undefined, failure: undefined });
  answer(read([1]));
  useApp.setState({ run: closedRun(RUN + 1) });
  expect(useInside.getState()).toMatchObject({ read: undefined, ranking: undefined });
});
