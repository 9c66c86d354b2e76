import { describe, expect, test } from "vitest";
import { cellAt, columnLeft, movedBy, namedSteps, networkGeometry, stripGeometry } from "./geometry";

const full = (steps: number, layers: number, available = 1060, path = false) => networkGeometry({ steps, layers, available, path });

describe("the network in full", () => {
  test("fits the width while its columns are wide enough to point at, and else is wider", () => {
    for (const [steps, available] of [
      [28, 1060],
      [28, 320],
      [64, 320],
      [256, 1060],
    ] as const) {
      expect(full(steps, 2, available, true).width).toBeLessThanOrEqual(available);
    }
    expect(full(256, 4, 320)).toMatchObject({ pitch: 3, width: 256 * 3 + 16, scrolls: true });
    expect(full(1024, 4, 1060).width).toBeGreaterThan(1060);
  });

  test("has arrows where there is room", () => {
    expect(full(28, 2).arrows).toBe(true);
    expect(full(28, 2, 320).arrows).toBe(false);
    expect(full(64, 2).arrows).toBe(false);
  });

  test("layer 1 is the lowest row; rows and lanes do not overlap", () => {
    for (const path of [false, true]) {
      for (const steps of [7, 28, 64, 256]) {
        for (const layers of [1, 2, 4, 8]) {
          const { rowTops, cellHeight, pathLane, lanes, height } = full(steps, layers, 1060, path);
          for (let layer = 1; layer < layers; layer++)
            expect(rowTops[layer]! + cellHeight + pathLane).toBeLessThanOrEqual(rowTops[layer - 1]!);
          expect(lanes!.loss).toBeLessThan(rowTops.at(-1)!);
          expect(rowTops[0]! + cellHeight + pathLane).toBeLessThanOrEqual(lanes!.input);
          expect(lanes!.axis).toBeLessThan(height);
        }
      }
    }
  });

  test("a point finds its cell, and its cell the point", () => {
    const geometry = full(28, 3);
    for (const [layer, t] of [
      [0, 0],
      [1, 13],
      [2, 27],
    ] as const) {
      expect(cellAt(geometry, columnLeft(geometry, t) + 1, geometry.rowTops[layer]! + 1)).toEqual({ layer, t });
    }
    expect(cellAt(geometry, 2, geometry.rowTops[0]!)).toBeUndefined();
    expect(cellAt(geometry, columnLeft(geometry, 28) + 1, geometry.rowTops[0]!)).toBeUndefined();
    expect(cellAt(geometry, columnLeft(geometry, 3), 1)).toEqual({ layer: 2, t: 3 });
  });
});

describe("the strip", () => {
  test("always fits, however many steps there are", () => {
    for (const steps of [7, 28, 256, 1024]) {
      for (const layers of [1, 4, 8]) {
        const strip = stripGeometry(steps, layers, 320, 64);
        expect(strip.left).toBeGreaterThanOrEqual(0);
        expect(columnLeft(strip, steps - 1) + strip.cellWidth).toBeLessThanOrEqual(320.001);
        expect(strip.rowTops[0]! + strip.cellHeight).toBeLessThanOrEqual(64);
        expect(strip.cellHeight).toBeGreaterThan(4);
      }
    }
  });
});

test("arrow keys move along time and up and down the layers, and stop at the edges", () => {
  const size = { layers: 2, steps: 28 };
  const at = (key: string) => movedBy(key, { layer: 0, t: 5 }, size);
  expect(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End", "a"].map(at)).toEqual([
    { layer: 0, t: 4 },
    { layer: 0, t: 6 },
    { layer: 1, t: 5 },
    { layer: 0, t: 5 },
    { layer: 0, t: 0 },
    { layer: 0, t: 15 },
    { layer: 0, t: 0 },
    { layer: 0, t: 27 },
    undefined,
  ]);
});

test("steps are named by round numbers with room between them", () => {
  const named = (steps: number, pitch: number) => namedSteps({ steps, pitch }).map((t) => t + 1);
  expect(named(28, 36)).toEqual(Array.from({ length: 28 }, (_, i) => i + 1));
  expect(named(28, 11)).toEqual([1, 5, 10, 15, 20, 25]);
  expect(named(256, 4)).toEqual([1, 10, 20, ...Array.from({ length: 23 }, (_, i) => 30 + 10 * i)]);
});
