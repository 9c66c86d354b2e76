import { beforeAll, describe, expect, it } from "vitest";
import { fileSource } from "../headless/fileSource";
import {
  checkTextFits,
  decodeUtf8,
  encode,
  laneLength,
  loadShakespeare,
  makeText,
  type TextData,
  validationLanes,
  windowsPerLane,
} from "./text";

const decode = (data: TextData): string => [...data.train, ...data.validation].map((token) => data.vocabulary[token]).join("");
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("makeText", () => {
  it("numbers characters by code point and splits 90 to 10", () => {
    const data = makeText("t", "banana cab");
    expect(data.vocabulary).toEqual([" ", "a", "b", "c", "n"]);
    expect([...data.train]).toEqual([2, 1, 4, 1, 4, 1, 0, 3, 1]);
    expect([...data.validation]).toEqual([2]);
  });

  it("takes code points, not UTF-16 units, as characters", () => {
    const text = "a\u{1f600}\uff5eb\u{1f600}é";
    const data = makeText("t", text);
    // U+FF5E sorts before U+1F600 by code point, after it by UTF-16 unit.
    expect(data.vocabulary).toEqual(["a", "b", "é", "\uff5e", "\u{1f600}"]);
    expect(decode(data)).toBe(text);
  });

  it("reads CRLF as LF, and half a surrogate pair as the replacement character", () => {
    expect(makeText("t", "a\r\nb\r\n").vocabulary).toEqual(["\n", "a", "b"]);
    expect(decode(makeText("t", "a\ud83db\ude00"))).toBe("a\ufffdb\ufffd");
  });

  it("counts the vocabulary over the whole text", () => {
    expect(makeText("t", `${"ab".repeat(50)}z`).vocabulary).toEqual(["a", "b", "z"]);
  });

  it.each([
    ["", "t is empty."],
    ["aaaaaaaa", 't repeats one character, "a"'],
    ["ab\0cd", "t is not plain text"],
    [String.fromCodePoint(...Array.from({ length: 4097 }, (_, i) => 0x4e00 + i)), "t has 4,097 distinct characters; at most 4,096"],
  ])("refuses what cannot be learned from (%#)", (text, message) => {
    expect(() => makeText("t", text)).toThrow(message);
  });

  it("accepts 4,096 distinct characters", () => {
    expect(makeText("t", String.fromCodePoint(...Array.from({ length: 4096 }, (_, i) => 0x4e00 + i))).vocabulary).toHaveLength(4096);
  });
});

describe("checkTextFits", () => {
  const ofLength = (count: number): TextData => makeText("t", "ab".repeat(count).slice(0, count));

  it.each([
    [4, 10],
    [64, 100],
    [1, 1],
    [1, 50],
    [7, 3],
  ])("accepts a text from exactly the length that it names (%i lanes, %i steps)", (batch, steps) => {
    let message = "";
    try {
      checkTextFits(ofLength(3), batch, steps);
    } catch (error) {
      message = String(error);
    }
    const needed = Number(/at least ([\d,]+) characters/.exec(message)?.[1]?.replaceAll(",", ""));
    expect(() => checkTextFits(ofLength(needed), batch, steps)).not.toThrow();
    expect(() => checkTextFits(ofLength(needed - 1), batch, steps)).toThrow(message.replace("DataError: ", "").split(", it has")[0]);
  });

  it("says what is needed", () => {
    expect(() => checkTextFits(ofLength(5000), 64, 100)).toThrow(
      "t is too short: batch size 64 with sequence length 100 needs at least 7,113 characters, it has 5,000.",
    );
  });
});

describe("lanes", () => {
  it("leave a next token after the last position of the last lane", () => {
    expect(laneLength(21, 4)).toBe(5);
    expect(laneLength(20, 4)).toBe(4);
    for (let count = 5; count < 60; count++) expect(4 * laneLength(count, 4)).toBeLessThan(count);
  });

  it("are covered by whole windows and perhaps a last one in part", () => {
    expect(windowsPerLane(21, 4, 5)).toBe(1);
    expect(windowsPerLane(25, 4, 5)).toBe(2);
  });

  it("of a validation text are as many as have a whole window", () => {
    expect(validationLanes(111_540, 64, 100)).toBe(64);
    expect(validationLanes(501, 64, 100)).toBe(5);
    expect(validationLanes(500, 64, 100)).toBe(4);
    expect(validationLanes(50, 64, 100)).toBe(1);
  });
});

describe("encode", () => {
  it("gives tokens and names each character that it left out once", () => {
    const { vocabulary } = makeText("t", "ab\n\u{1f600}");
    const { tokens, dropped } = encode(vocabulary, "a?b\r\n?\u{1f600}\u{1f601}a");
    expect([...tokens].map((token) => vocabulary[token]).join("")).toBe("ab\n\u{1f600}a");
    expect(dropped).toEqual(["?", "\u{1f601}"]);
  });
});

describe("decodeUtf8", () => {
  it("reads UTF-8 and leaves out a byte order mark", () => {
    expect(decodeUtf8(utf8("\ufeffnaïve \u{1f600}"), "f")).toBe("naïve \u{1f600}");
  });

  it.each([
    [Uint8Array.of(0x61, 0xff, 0x62), "f is not valid UTF-8."],
    [utf8("é").slice(0, 1), "f is not valid UTF-8."],
    [Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 0, 0), "f is not plain text"],
    [Uint8Array.of(0xff, 0xfe, 0x61, 0), "f is saved as UTF-16"],
    [Uint8Array.of(0xfe, 0xff, 0, 0x61), "f is saved as UTF-16"],
  ])("refuses anything else (%#)", (bytes, message) => {
    expect(() => decodeUtf8(bytes, "f")).toThrow(message);
  });
});

describe("Tiny Shakespeare itself", () => {
  let data: TextData;
  beforeAll(async () => {
    data = await loadShakespeare(fileSource("public/data"));
  });

  it("has 65 distinct characters and 1,115,394 in all", () => {
    expect(data.vocabulary).toHaveLength(65);
    expect(data.vocabulary.slice(0, 5)).toEqual(["\n", " ", "!", "$", "&"]);
    expect([data.train.length, data.validation.length]).toEqual([1_003_854, 111_540]);
  });

  it("starts as it is known to", () => {
    const start = [...data.train.subarray(0, 14)].map((token) => data.vocabulary[token]).join("");
    expect(start).toBe("First Citizen:");
  });
});
