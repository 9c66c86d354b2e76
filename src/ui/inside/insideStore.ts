import { create } from "zustand";
import type {
  ConceptId,
  DigitAsk,
  DigitRead,
  Events,
  Failure,
  InsideAsk,
  MomentRead,
  ReadSource,
  SequenceRead,
  UnitRanking,
  UnitRead,
} from "../../worker/protocol";
import { type AppState, useApp } from "../store";
import { client } from "../storeRun";

/** What the text is coloured by: a quantity of the chosen unit, or how surprised the network was. */
export const SURPRISE = "surprise";

export interface UnitChoice {
  readonly layer: number;
  readonly unit: number;
  /** Its name as in a reading's `quantities`, or SURPRISE. */
  readonly quantity: string;
}

interface InsideState {
  /** Read again at each validation. */
  readonly follow: boolean;
  readonly choice: UnitChoice;
  /** The picture that is read, 784 intensities. */
  readonly pixels: Uint8Array | undefined;
  readonly target: DigitAsk["target"];
  readonly score: DigitAsk["score"];
  readonly digit: DigitRead | undefined;
  readonly source: ReadSource;
  readonly read: SequenceRead | undefined;
  /** The chosen unit of `read`; for a moment that of the one before. */
  readonly column: UnitRead | undefined;
  /** The character looked at, and all units there; for a moment those of the one before. */
  readonly at: number;
  readonly moment: MomentRead | undefined;
  /** How far a reading or a ranking has come; undefined while none is under way. */
  readonly readProgress: number | undefined;
  readonly rankProgress: number | undefined;
  readonly ranking: UnitRanking | undefined;
  readonly failure: Failure | undefined;
}

/** Of which run the results are. */
const nothingRead = {
  digit: undefined,
  read: undefined,
  column: undefined,
  moment: undefined,
  readProgress: undefined,
  rankProgress: undefined,
  ranking: undefined,
  failure: undefined,
} as const;

export const FIRST_LENGTH = 600;
const firstText: ReadSource = { kind: "validation", start: 0, length: FIRST_LENGTH };
/** While a slider moves, texts are asked for once it rests. */
const REST_MS = 120;

export const useInside = create<InsideState>(() => ({
  follow: true,
  choice: { layer: 0, unit: 0, quantity: "h" },
  pixels: undefined,
  target: null,
  score: "logProbability",
  source: firstText,
  at: 0,
  ...nothingRead,
}));

/** Whether the open run can be asked now. */
export const canAsk = ({ run }: AppState): boolean =>
  run.facts !== undefined &&
  !run.resetting &&
  (["ready", "training", "paused", "finished"] as const).some((status) => status === run.status);

let requestId = 0;
/** The newest request of each kind: answers to older ones are dropped. */
const newest: Partial<Record<InsideAsk["kind"], number>> = {};
/** A drawing is asked about again only once the answer has come: a slow network would fall behind the pen. */
let digitUnderWay = false;
let digitChanged = false;

function send(ask: InsideAsk): boolean {
  const state = useApp.getState();
  if (!canAsk(state)) return false;
  newest[ask.kind] = ++requestId;
  client.send("inside", { runId: state.run.id, requestId, ask });
  return true;
}

function askDigit(): void {
  const { pixels, target, score } = useInside.getState();
  if (pixels === undefined) return;
  digitChanged = digitUnderWay;
  if (!digitUnderWay) digitUnderWay = send({ kind: "digit", pixels, target, score });
}

/** Shows a picture to the network; undefined for none. */
export function lookAt(pixels: Uint8Array | undefined): void {
  useInside.setState({ pixels, ...(pixels === undefined && { digit: undefined }) });
  askDigit();
}

export function chooseScore(change: Partial<Pick<InsideState, "target" | "score">>): void {
  useInside.setState(change);
  askDigit();
}

/** What was chosen to be read, if the run's task has such a thing, else the first that it has. */
function fittingSource(): ReadSource {
  const { source } = useInside.getState();
  const isCopy = useApp.getState().run.with?.config.task.kind === "copy";
  if (isCopy === (source.kind === "sequence")) return source;
  return isCopy ? { kind: "sequence", index: 0 } : firstText;
}

let restTimer: ReturnType<typeof setTimeout> | undefined;

/** The same, once nothing else has been asked for for a moment. */
export function readSourceSoon(source: ReadSource): void {
  useInside.setState({ source });
  clearTimeout(restTimer);
  restTimer = setTimeout(readSource, REST_MS);
}

/** Reads another text, or the same with the weights as they are now. */
export function readSource(source: ReadSource = fittingSource()): void {
  clearTimeout(restTimer);
  useInside.setState({ source, failure: undefined });
  if (send({ kind: "read", source })) useInside.setState({ readProgress: 0 });
}

export const cancelRead = (): boolean => send({ kind: "cancel", what: "read" });

/** Digits and sequences alike: again, with the weights as they are now. */
export function readAgain(): void {
  const kind = useApp.getState().run.with?.config.task.kind;
  if (kind === "digits") askDigit();
  // One that is under way would never end if each validation began it anew.
  else if (useInside.getState().readProgress === undefined) readSource();
}

export function chooseUnit(change: Partial<UnitChoice>): void {
  const { choice } = useInside.getState();
  useInside.setState({ choice: { ...choice, ...change } });
  askUnit();
}

function askUnit(): void {
  const { choice, read } = useInside.getState();
  if (read === undefined) return;
  const { layer, unit } = within(choice, read);
  send({ kind: "unit", layer, unit });
}

/** As the pointer moves over a text, only the place where it is when the answer comes is asked for next. */
let momentUnderWay = false;
let momentChanged = false;

function askMoment(): void {
  const { at, read } = useInside.getState();
  if (read === undefined) return;
  momentChanged = momentUnderWay;
  if (!momentUnderWay) momentUnderWay = send({ kind: "moment", at: Math.min(at, read.tokens.length - 1) });
}

/** Looks at another character of the text. */
export function lookAtStep(at: number): void {
  if (at === useInside.getState().at) return;
  useInside.setState({ at });
  askMoment();
}

/** A choice that a network has: of another one, the nearest. */
export function within(choice: UnitChoice, sizes: Pick<SequenceRead, "numLayers" | "hiddenSize" | "quantities">): UnitChoice {
  return {
    layer: Math.min(choice.layer, sizes.numLayers - 1),
    unit: Math.min(choice.unit, sizes.hiddenSize - 1),
    quantity: choice.quantity === SURPRISE || sizes.quantities.includes(choice.quantity) ? choice.quantity : "h",
  };
}

/** Measures which units stand for what. */
export function rankUnits(): void {
  if (send({ kind: "rank" })) useInside.setState({ rankProgress: 0, failure: undefined });
}

export const cancelRank = (): boolean => send({ kind: "cancel", what: "rank" });

export const setFollow = (follow: boolean): void => useInside.setState({ follow });

function receive({ requestId: id, answer }: Events["inside"]): void {
  const isNewest = (kind: InsideAsk["kind"]): boolean => newest[kind] === id;
  switch (answer.kind) {
    case "digit":
      digitUnderWay = false;
      if (useInside.getState().pixels !== undefined) useInside.setState({ digit: answer, failure: undefined });
      if (digitChanged) askDigit();
      return;
    case "read":
      if (!isNewest("read")) return;
      useInside.setState(({ read, column, moment }) => {
        const tokens = sameTokens(read, answer);
        // The colours of the same text may stay until the new ones come.
        const kept = tokens === read?.tokens ? { column, moment } : { column: undefined, moment: undefined };
        return { read: { ...answer, tokens }, readProgress: undefined, ...kept };
      });
      askUnit();
      momentUnderWay = false;
      askMoment();
      return;
    case "moment":
      momentUnderWay = false;
      useInside.setState({ moment: answer });
      if (momentChanged) askMoment();
      return;
    case "unit":
      if (isNewest("unit")) useInside.setState({ column: answer });
      return;
    case "rank":
      if (isNewest("rank")) useInside.setState({ ranking: answer, rankProgress: undefined });
      return;
    case "progress":
      if (isNewest(answer.of))
        useInside.setState(answer.of === "read" ? { readProgress: answer.fraction } : { rankProgress: answer.fraction });
      return;
    case "end":
      if (answer.of === "digit") digitUnderWay = false;
      if (!isNewest(answer.of)) return;
      useInside.setState({
        ...(answer.of === "read" && { readProgress: undefined }),
        ...(answer.of === "rank" && { rankProgress: undefined }),
        ...(answer.failure !== null && { failure: answer.failure }),
      });
      return;
    default:
      answer satisfies never;
  }
}

/** The tokens of a text that was read again are those of before, so that its characters need not be made anew. */
function sameTokens(before: SequenceRead | undefined, { tokens }: SequenceRead): SequenceRead["tokens"] {
  const isSame = before?.tokens.length === tokens.length && before.tokens.every((token, i) => token === tokens[i]);
  return isSame ? before.tokens : tokens;
}

/** What was read of a run says nothing of another, nor of the same one from its start. */
function forgetOld({ run }: AppState, before: AppState): void {
  const isOther = run.id !== before.run.id;
  if (!isOther && !(run.resetting && !before.run.resetting)) return;
  digitUnderWay = false;
  momentUnderWay = false;
  useInside.setState(nothingRead);
  if (isOther) useInside.setState({ source: firstText });
}

client.on("inside", (event) => {
  if (event.runId === useApp.getState().run.id && !useApp.getState().run.resetting) receive(event);
});
useApp.subscribe(forgetOld);

/** Names of what a unit can be looked at by. */
export const quantityNames: Readonly<Record<string, string>> = {
  h: "hidden state h",
  c: "cell state c",
  i: "input gate i",
  f: "forget gate f",
  g: "candidate g",
  o: "output gate o",
  r: "reset gate r",
  z: "update gate z",
  n: "candidate n",
  [SURPRISE]: "surprise",
};

export const conceptTitles: Readonly<Record<ConceptId, string>> = {
  linePosition: "Place in the line",
  lineEnd: "Line end comes next",
  word: "Inside a word",
  capital: "Capital letter",
  nextCapital: "Capital comes next",
  speaker: "Speaker’s name",
  quotes: "Inside quotation marks",
  brackets: "Inside brackets",
};
