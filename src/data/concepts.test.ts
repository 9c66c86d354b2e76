import { describe, expect, test } from "vitest";
import { type BinaryConceptId, binaryConcepts, labelConcepts } from "./concepts";

/** The text with a mark under each character that has the concept. */
function marks(text: string, id: BinaryConceptId): string {
  const { bits } = labelConcepts(Array.from(text));
  return Array.from(bits, (bit) => ((bit >> binaryConcepts.indexOf(id)) & 1 ? "x" : ".")).join("");
}

describe("what is true once a character has been read", () => {
  test("words, capitals and what comes next", () => {
    expect(marks("I'd go 'tis\nNo", "word")).toBe("xxx.xx..xxx.xx");
    expect(marks("I'd go\nNo", "capital")).toBe("x......x.");
    expect(marks("I'd go\nNo", "nextCapital")).toBe("......x..");
    expect(marks("I'd go\nNo", "lineEnd")).toBe(".....x...");
  });

  test("the place in the line starts over at each line end", () => {
    expect(Array.from(labelConcepts(Array.from("ab\n\ncde")).linePosition)).toEqual([1, 2, 0, 0, 1, 2, 3]);
  });

  test("quotes: the opening mark belongs to them, an apostrophe does not, an empty line ends them", () => {
    expect(marks('say "hi" now', "quotes")).toBe("....xxx.....");
    expect(marks("I'll «so» “a” b", "quotes")).toBe(".....xxx..xx...");
    expect(marks('"open\n\nnot', "quotes")).toBe("xxxxxx....");
  });

  test("brackets nest, and one that closes nothing is nothing", () => {
    expect(marks("a(b[c]d)e)f", "brackets")).toBe(".xxxxxx....");
  });

  test("speakers: a name and a colon at the start of a line", () => {
    const names = (text: string): string =>
      Array.from(text, (character, i) => (marks(text, "speaker")[i] === "x" ? character : character === "\n" ? "|" : "")).join("");
    expect(names("ROMEO:\nO, say")).toBe("ROMEO|");
    expect(names("First Citizen:\nAll")).toBe("First Citizen|");
    expect(names("x\n\nAnn: b: c")).toBe("||Ann");
    // In the middle of a speech only what is all capitals, or alone on its line, is a name.
    expect(names("A:\nb\nThus: he\nTHUS: he\nThen He:\n")).toBe("A|||THUS|Then He|");
    expect(names("\nthus: he\n\nThus did: he")).toBe("|||");
  });
});
