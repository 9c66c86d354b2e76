import { limits, minimumTextLength } from "../config";
import { type Bytes, DataError, type DataSource, type Progress } from "./dataSource";

/** Text for next-character prediction: the first 90 % of the characters train, the last 10 % validate. */
export interface TextData {
  readonly kind: "text";
  readonly name: string;
  /** The distinct characters of the whole text by code point; a character's place is its token. */
  readonly vocabulary: readonly string[];
  readonly train: Uint32Array<ArrayBuffer>;
  readonly validation: Uint32Array<ArrayBuffer>;
}

export const MAX_VOCABULARY = limits.vocabulary.max;
export const SHAKESPEARE_PATH = "tinyshakespeare/input.txt";

const CODE_POINTS = 0x11_0000;
const REPLACEMENT = 0xfffd;
const TEXT_ADVICE = "Choose a plain text file saved as UTF-8.";

const badText = (message: string, advice: string = TEXT_ADVICE): DataError => new DataError("bad-file", message, advice);
const notText = (name: string): DataError => badText(`${name} is not plain text: it has NUL bytes, as programs, images and archives do.`);
const showCount = (count: number): string => count.toLocaleString("en-US");

/**
 * Reads UTF-8, without a byte order mark if there is one.
 * @throws DataError "bad-file" for binary data, UTF-16 or broken UTF-8.
 */
export function decodeUtf8(bytes: Uint8Array, name: string): string {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    throw badText(`${name} is saved as UTF-16; only UTF-8 can be read.`, "Save the file again with the encoding UTF-8.");
  }
  if (bytes.includes(0)) throw notText(name);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw badText(`${name} is not valid UTF-8.`, "Save the file again with the encoding UTF-8.");
  }
}

/** How many of `count` characters train; the rest validate. */
const trainCount = (count: number): number => Math.floor((count * 9) / 10);

const normaliseLines = (text: string): string => (text.includes("\r\n") ? text.replaceAll("\r\n", "\n") : text);

/** The character at `index`; half of a surrogate pair, which no encoding can store, reads as the replacement character. */
function codePoint(text: string, index: number): number {
  const unit = text.charCodeAt(index);
  if ((unit & 0xf800) !== 0xd800) return unit;
  const code = text.codePointAt(index) ?? REPLACEMENT;
  return code > 0xffff ? code : REPLACEMENT;
}

/**
 * Cuts a text into tokens, one for each Unicode code point; CRLF line ends count as LF.
 * @throws DataError "bad-file" if the text is empty, binary, has one distinct character or more than MAX_VOCABULARY.
 */
export function makeText(name: string, text: string): TextData {
  const lines = normaliseLines(text);
  const tokenOf = new Uint32Array(CODE_POINTS);
  let count = 0;
  for (let i = 0; i < lines.length; count++) {
    const code = codePoint(lines, i);
    tokenOf[code] = 1;
    i += code > 0xffff ? 2 : 1;
  }
  if (count === 0) throw badText(`${name} is empty.`, "Choose a text with something in it.");
  if (tokenOf[0] === 1) throw notText(name);

  const vocabulary: string[] = [];
  for (let code = 0; code < CODE_POINTS; code++) {
    if (tokenOf[code] === 0) continue;
    tokenOf[code] = vocabulary.length;
    vocabulary.push(String.fromCodePoint(code));
  }
  checkVocabulary(name, vocabulary);

  const tokens = new Uint32Array(count);
  for (let i = 0, position = 0; position < count; position++) {
    const code = codePoint(lines, i);
    tokens[position] = tokenOf[code]!;
    i += code > 0xffff ? 2 : 1;
  }
  const split = trainCount(count);
  return { kind: "text", name, vocabulary, train: tokens.subarray(0, split), validation: tokens.subarray(split) };
}

function checkVocabulary(name: string, vocabulary: readonly string[]): void {
  if (vocabulary.length === 1) {
    throw badText(
      `${name} repeats one character, ${JSON.stringify(vocabulary[0])}: there is nothing to predict.`,
      "Choose a more varied text.",
    );
  }
  if (vocabulary.length > MAX_VOCABULARY) {
    const found = showCount(vocabulary.length);
    throw badText(
      `${name} has ${found} distinct characters; at most ${showCount(MAX_VOCABULARY)} are possible.`,
      "Choose a text that uses fewer different characters.",
    );
  }
}

/**
 * Refuses a text too short for a run: training needs one whole window of `sequenceLength` in each of `batchSize` lanes, validation one
 * whole window, and each needs one character more, the last target.
 * @throws DataError "bad-file" that says how many characters are needed.
 */
export function checkTextFits(data: TextData, batchSize: number, sequenceLength: number): void {
  const trainNeeded = batchSize * sequenceLength + 1;
  const validationNeeded = sequenceLength + 1;
  if (data.train.length >= trainNeeded && data.validation.length >= validationNeeded) return;
  const count = data.train.length + data.validation.length;
  const needed = minimumTextLength(batchSize, sequenceLength);
  throw badText(
    `${data.name} is too short: batch size ${batchSize} with sequence length ${sequenceLength} needs at least ${showCount(needed)} characters, ` +
      `it has ${showCount(count)}.`,
    "Use a longer text, a smaller batch or shorter sequences.",
  );
}

/** Positions in each of `batch` lanes; lane b starts at token b * laneLength, and every position has its next token as target. */
export const laneLength = (tokenCount: number, batch: number): number => Math.floor((tokenCount - 1) / batch);

/** Windows of `sequenceLength` that cover a lane, the last one perhaps in part. */
export const windowsPerLane = (tokenCount: number, batch: number, sequenceLength: number): number =>
  Math.ceil(laneLength(tokenCount, batch) / sequenceLength);

/** Lanes for a validation text: as many of the `batch` as each have a whole window, and at least one. */
export const validationLanes = (tokenCount: number, batch: number, sequenceLength: number): number =>
  Math.max(1, Math.min(batch, Math.floor((tokenCount - 1) / sequenceLength)));

/** A prompt as tokens, and the characters, each once, that the vocabulary lacks and that were left out. */
export function encode(
  vocabulary: readonly string[],
  prompt: string,
): { readonly tokens: Uint32Array<ArrayBuffer>; readonly dropped: readonly string[] } {
  const tokenOf = new Map(vocabulary.map((character, token) => [character, token]));
  const tokens: number[] = [];
  const dropped = new Set<string>();
  for (const character of normaliseLines(prompt)) {
    const token = tokenOf.get(character);
    if (token === undefined) dropped.add(character);
    else tokens.push(token);
  }
  return { tokens: Uint32Array.from(tokens), dropped: [...dropped] };
}

/**
 * Loads Tiny Shakespeare (Karpathy's char-rnn).
 * @throws DataError as `DataSource.read`, `decodeUtf8` and `makeText` do; the signal's reason after an abort.
 */
export async function loadShakespeare(source: DataSource, onProgress?: Progress, signal?: AbortSignal): Promise<TextData> {
  const bytes: Bytes = await source.read(SHAKESPEARE_PATH, onProgress, signal);
  return makeText("Tiny Shakespeare", decodeUtf8(bytes, SHAKESPEARE_PATH));
}
