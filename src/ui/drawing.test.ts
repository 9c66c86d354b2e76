import { describe, expect, it } from "vitest";
import { IMAGE_SIZE, toMnistImage } from "./drawing";

const SIDE = 280;

function rectangle(left: number, top: number, width: number, height: number): Uint8Array {
  const ink = new Uint8Array(SIDE * SIDE);
  for (let y = top; y < top + height; y++) ink.fill(255, y * SIDE + left, y * SIDE + left + width);
  return ink;
}

function extent(image: Uint8Array): { width: number; height: number; centreX: number; centreY: number; mass: number } {
  const columns = new Set<number>();
  const rows = new Set<number>();
  let [mass, x, y] = [0, 0, 0];
  image.forEach((value, i) => {
    if (value === 0) return;
    columns.add(i % IMAGE_SIZE);
    rows.add(Math.floor(i / IMAGE_SIZE));
    mass += value;
    x += value * ((i % IMAGE_SIZE) + 0.5);
    y += value * (Math.floor(i / IMAGE_SIZE) + 0.5);
  });
  return { width: columns.size, height: rows.size, centreX: x / mass, centreY: y / mass, mass };
}

describe("toMnistImage", () => {
  it("leaves an empty drawing empty", () => {
    expect(Math.max(...toMnistImage(new Uint8Array(SIDE * SIDE), SIDE, SIDE))).toBe(0);
  });

  it.each([
    [10, 10, 40, 100],
    [200, 150, 60, 60],
    [0, 0, 280, 20],
    [133, 277, 3, 3],
  ])("scales a stroke at %i,%i of %i x %i to 20 pixels and centres it", (left, top, width, height) => {
    const { width: columns, height: rows, centreX, centreY } = extent(toMnistImage(rectangle(left, top, width, height), SIDE, SIDE));
    expect(Math.max(columns, rows)).toBe(20);
    expect(centreX).toBeCloseTo(IMAGE_SIZE / 2, 1);
    expect(centreY).toBeCloseTo(IMAGE_SIZE / 2, 1);
  });

  it("gives the same picture wherever and however large the digit is drawn", () => {
    const small = toMnistImage(rectangle(20, 30, 20, 80), SIDE, SIDE);
    const large = toMnistImage(rectangle(120, 60, 50, 200), SIDE, SIDE);
    expect(large).toEqual(small);
  });

  it("centres the mass, not the box", () => {
    const ink = rectangle(40, 40, 20, 200);
    rectangle(60, 220, 160, 20).forEach((value, i) => {
      if (value > 0) ink[i] = value;
    });
    const { centreX, centreY } = extent(toMnistImage(ink, SIDE, SIDE));
    expect(centreX).toBeCloseTo(IMAGE_SIZE / 2, 1);
    expect(centreY).toBeCloseTo(IMAGE_SIZE / 2, 1);
  });

  it("keeps partly covered pixels grey", () => {
    const image = toMnistImage(rectangle(50, 50, 33, 100), SIDE, SIDE);
    expect(image.some((value) => value > 20 && value < 235)).toBe(true);
    expect(Math.max(...image)).toBe(255);
  });
});
