import { limits, minimumTextLength, type RunConfig } from "../config";
import type { Failure } from "../worker/protocol";

/** Larger files are refused: the text is held in memory as a whole. */
const MAX_BYTES = 100 * 1024 * 1024;

/** A text to train on, with what people want to know of it. */
export interface OwnText {
  readonly name: string;
  readonly text: string;
  /** In characters (code points), as the network will see them. */
  readonly length: number;
  readonly distinct: number;
}

const bad = (message: string, advice: string): Failure => ({ code: "bad-file", message, advice });

/** Counts a text's characters. */
export function describeText(name: string, text: string): OwnText {
  const seen = new Set<number>();
  let length = 0;
  for (let i = 0; i < text.length; length++) {
    const point = text.codePointAt(i) ?? 0;
    seen.add(point);
    i += point > 0xffff ? 2 : 1;
  }
  return { name, text, length, distinct: seen.size };
}

/** Why a text cannot be trained on, with these settings if they are given; undefined if it can. */
export function textProblem(own: OwnText | undefined, config: RunConfig | undefined): string | undefined {
  if (own === undefined || own.length === 0) return "There is no text yet: paste one or drop a text file.";
  if (own.distinct < 2) return "The text repeats one character: it needs at least two different ones.";
  if (own.text.length > MAX_BYTES) return "The text is over 100 MB: use a shorter part of it.";
  if (own.distinct > limits.vocabulary.max) return `The text has over ${limits.vocabulary.max} different characters.`;
  if (own.text.includes("\0")) return "This is not plain text: it has NUL characters.";
  if (config?.task.kind !== "text") return undefined;
  const needed = minimumTextLength(config.batchSize, config.task.sequenceLength);
  if (own.length >= needed) return undefined;
  return `The text is too short: this batch size and sequence length need at least ${needed} characters, it has ${own.length}.`;
}

/** Why a file is refused for its size, or undefined. */
export function fileProblem(file: { readonly name: string; readonly size: number }): Failure | undefined {
  if (file.size === 0) return bad(`"${file.name}" is empty.`, "Choose a file with some text in it.");
  if (file.size > MAX_BYTES) return bad(`"${file.name}" is over 100 MB.`, "Use a shorter part of it.");
  return undefined;
}

/** Text of a file: UTF-8, or UTF-16 with its mark. Returns a Failure where the bytes are not text. */
export function decodeText(name: string, bytes: Uint8Array): string | Failure {
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  const encoding = isUtf16 ? (bytes[0] === 0xff ? "utf-16le" : "utf-16be") : "utf-8";
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    if (!text.includes("\0")) return text;
  } catch {
    // Told below: bytes that do not decode are no text.
  }
  return bad(`"${name}" is not a plain text file.`, "Save it as UTF-8 text and drop it again.");
}
