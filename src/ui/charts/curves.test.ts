import { describe, expect, test } from "vitest";
import { bandPath, circlesPath, linePath } from "./curves";

describe("a line", () => {
  test("is cut at gaps, and goes on over them if it is told to", () => {
    const points = [[0, 1], [2, 3], null, [4, 5], [6, 7]] as const;
    expect(linePath(points)).toBe("M0 1L2 3M4 5L6 7");
    expect(linePath(points, { connected: true })).toBe("M0 1L2 3L4 5L6 7");
  });

  test("shows a point that stands alone", () => {
    expect(linePath([null, [1, 2], null])).toBe("M0.5 2h1");
    expect(linePath([null])).toBe("");
  });

  test("holds a point's value from the point before", () => {
    expect(
      linePath(
        [
          [0, 9],
          [10, 5],
          [20, 7],
        ],
        { stepped: true },
      ),
    ).toBe("M0 9V5H10V7H20");
  });

  test("has tenths of a pixel", () => {
    expect(
      linePath([
        [1 / 3, 2 / 3],
        [1, 1],
      ]),
    ).toBe("M0.3 0.7L1 1");
  });
});

describe("a band", () => {
  test("goes along its upper edge and back along its lower one", () => {
    expect(bandPath([[0, 1, 5], [10, 2, 6], null, [20, 3, 7]])).toBe("M0 1L10 2L10 6L0 5zM20 3L20 7z");
    expect(bandPath([null, null])).toBe("");
  });

  test("has steps on both edges at the same places", () => {
    expect(
      bandPath(
        [
          [0, 1, 5],
          [10, 2, 6],
          [20, 3, 7],
        ],
        { stepped: true },
      ),
    ).toBe("M0 1V2H10V3H20L20 7L10 7L10 6L0 6L0 5z");
  });
});

test("circles are one path", () => {
  expect(circlesPath([[10, 20], null], 3)).toBe("M7 20a3 3 0 1 0 6 0a3 3 0 1 0 -6 0");
  expect(circlesPath([], 3)).toBe("");
});
