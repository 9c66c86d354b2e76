/** What a unit of a network that reads text may stand for. All but linePosition are there or not. */
export const conceptIds = ["linePosition", "lineEnd", "word", "capital", "nextCapital", "speaker", "quotes", "brackets"] as const;
export type ConceptId = (typeof conceptIds)[number];
export type BinaryConceptId = Exclude<ConceptId, "linePosition">;

/** The concepts that are there or not, each with its bit in ConceptLabels.bits. */
export const binaryConcepts: readonly BinaryConceptId[] = conceptIds.filter((id): id is BinaryConceptId => id !== "linePosition");

/** What is true of a text once each of its characters has been read. */
export interface ConceptLabels {
  /** [n]: bit i is set where binaryConcepts[i] is there. */
  readonly bits: Uint16Array<ArrayBuffer>;
  /** [n]: characters since the last line end; 0 at the line end itself. */
  readonly linePosition: Float32Array<ArrayBuffer>;
}

const bit = (id: BinaryConceptId): number => 1 << binaryConcepts.indexOf(id);

const openers = "([{";
const closers = ")]}";
const isLetter = (character: string): boolean => /\p{L}/u.test(character);
const isUpper = (character: string): boolean => /\p{Lu}/u.test(character);

/** A speaker's name is short, each of its words begins with a capital, and a colon follows. */
const NAME = /^\p{Lu}[\p{L}'’.-]*(?: (?:\p{Lu}|&)[\p{L}'’.-]*)*$/u;
const MAX_NAME = 32;

/**
 * Labels every character of a text, given as one string for each.
 *
 * - lineEnd: a line end comes next. nextCapital: a capital comes next. capital: the character is one.
 * - word: the character is a letter, or an apostrophe between two.
 * - speaker: the character belongs to the name at the start of a line such as "ROMEO:", the colon excluded. The name is all capitals, or
 *   ends its line with the colon, or follows an empty line.
 * - quotes: inside "…", “…” or «…», the opening mark included, the closing one not. A single ' is an apostrophe far too often to count.
 * - brackets: inside (…), […] or {…}, in the same way.
 *
 * An empty line ends what was never closed.
 */
export function labelConcepts(characters: readonly string[]): ConceptLabels {
  const n = characters.length;
  const bits = new Uint16Array(n);
  const linePosition = new Float32Array(n);
  let position = 0;
  let depth = 0;
  let isQuoted = false;
  let followsEmptyLine = true;
  for (let i = 0; i < n; i++) {
    const character = characters[i] ?? "";
    const next = characters[i + 1] ?? "";
    let label = 0;
    if (character === "\n") {
      followsEmptyLine = position === 0;
      if (followsEmptyLine) {
        depth = 0;
        isQuoted = false;
      }
      position = 0;
    } else {
      if (position === 0) markSpeaker(characters, i, bits, followsEmptyLine);
      position++;
    }
    if (openers.includes(character)) depth++;
    else if (closers.includes(character) && depth > 0) depth--;
    else if (character === '"') isQuoted = !isQuoted;
    else if (character === "“" || character === "«") isQuoted = true;
    else if (character === "”" || character === "»") isQuoted = false;
    const isApostrophe = (character === "'" || character === "’") && i > 0 && isLetter(characters[i - 1] ?? "") && isLetter(next);
    if (isLetter(character) || isApostrophe) label |= bit("word");
    if (isUpper(character)) label |= bit("capital");
    if (isUpper(next)) label |= bit("nextCapital");
    if (next === "\n") label |= bit("lineEnd");
    if (isQuoted) label |= bit("quotes");
    if (depth > 0) label |= bit("brackets");
    bits[i] = (bits[i] ?? 0) | label;
    linePosition[i] = position;
  }
  return { bits, linePosition };
}

/** Sets the speaker's bit where a line that begins at `start` begins with a name. */
function markSpeaker(characters: readonly string[], start: number, bits: Uint16Array, followsEmptyLine: boolean): void {
  let end = start;
  while (end < characters.length && end - start <= MAX_NAME && characters[end] !== ":" && characters[end] !== "\n") end++;
  if (characters[end] !== ":") return;
  const name = characters.slice(start, end).join("");
  if (!NAME.test(name)) return;
  const isPlain = !followsEmptyLine && characters[end + 1] !== "\n" && name !== name.toUpperCase();
  if (isPlain) return;
  bits.fill(bit("speaker"), start, end);
}
