import { describe, expect, test } from "vitest";
import type { SequenceRead } from "../../worker/protocol";
import { copyGlyphs, factsAt, meanSurprise, surpriseByStep, textGlyphs } from "./readingFacts";

const NO_TARGET = 0xffff_ffff;
const read: SequenceRead = {
  kind: "read",
  step: 3,
  source: { kind: "validation", start: 0, length: 3 },
  tokens: Uint32Array.of(0, 1, 2),
  targets: Uint32Array.of(1, 2, NO_TARGET),
  surprise: Float32Array.of(Math.log(2), Math.log(10), Number.NaN),
  topClasses: Uint32Array.of(1, 0, 0, 1, 2, 0),
  topProbabilities: Float32Array.of(0.5, 0.3, 0.6, 0.2, 0.9, 0),
  top: 2,
  quantities: ["h"],
  numLayers: 1,
  hiddenSize: 1,
  deviceBytes: 0,
  hostBytes: 0,
  notice: "",
};

describe("what is known of a step", () => {
  test("a character's surprise is the step's before; the first was not predicted", () => {
    expect(factsAt(read, 0).surprise).toBeNaN();
    expect(factsAt(read, 1).surprise).toBeCloseTo(Math.log(2), 6);
    expect(Array.from(surpriseByStep(read)).slice(1)).toEqual(Array.from(read.surprise).slice(0, 2));
    expect(meanSurprise(read)).toBeCloseTo(Math.log(20) / 2, 6);
  });

  test("the predictions, with what came marked or appended, without those of no probability", () => {
    expect(factsAt(read, 0).predictions.map(({ token, came }) => [token, came])).toEqual([
      [1, true],
      [0, false],
    ]);
    const [, , unlisted] = factsAt(read, 1).predictions;
    expect(unlisted).toMatchObject({ token: 2, came: true });
    expect(unlisted?.probability).toBeCloseTo(0.1, 6);
    expect(factsAt(read, 2).predictions.map(({ token, came }) => [token, came])).toEqual([[2, false]]);
  });

  test("the copy task's answers belong to their own step, and to none where nothing is asked", () => {
    const copy: SequenceRead = { ...read, source: { kind: "sequence", index: 0 } };
    expect(factsAt(copy, 1).surprise).toBeCloseTo(Math.log(10), 6);
    expect(factsAt(copy, 2)).toMatchObject({ predictions: [], surprise: Number.NaN });
    expect(surpriseByStep(copy)).toBe(copy.surprise);
  });

  test("spaces and line ends can be seen", () => {
    const glyphs = textGlyphs(["\n", " ", "a"]);
    expect([0, 1, 2, 3].map((token) => glyphs.inText(token))).toEqual(["↵\n", " ", "a", "?"]);
    expect([0, 1, 2].map((token) => glyphs.alone(token))).toEqual(["↵", "␣", "a"]);
    const copy = copyGlyphs(3);
    expect([0, 2, 3, 4].map((token) => copy.alone(token))).toEqual(["a", "c", "·", "▸"]);
  });
});
