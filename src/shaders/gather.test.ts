import { describe, expect, it } from "vitest";
import { IGNORE } from "./cross_entropy";
import { advanceCursor, gatherImages, gatherSequences, gatherWindows } from "./gather";
import { COUNTERS_LENGTH } from "./gradient_norm";

const startAt = (cursor: number): Uint32Array => new Uint32Array(COUNTERS_LENGTH).with(1, cursor);

describe("gather_images", () => {
  it("unpacks rows as time steps in the given order, and pads the last batch", () => {
    const scalars = { steps: 2, batch: 2, input_size: 3, items: 3 };
    const images = new Uint32Array(
      new Uint8Array([0, 51, 102, 153, 204, 255, 9, 9, 255, 0, 0, 0, 0, 51, 9, 9, 1, 2, 3, 4, 5, 6, 9, 9]).buffer,
    );
    const labels = Uint32Array.of(7, 8, 9);
    const order = Uint32Array.of(2, 1, 0);
    const batchAt = (cursor: number) => {
      const x = new Float64Array(12);
      const y = new Uint32Array(2);
      gatherImages.twin({ images, labels, order, counters: startAt(cursor), x, y }, scalars);
      return { bytes: Array.from(x, (value) => Math.round(value * 255)), y: Array.from(y) };
    };
    expect(batchAt(0)).toEqual({ bytes: [1, 2, 3, 255, 0, 0, 4, 5, 6, 0, 0, 51], y: [9, 8] });
    expect(batchAt(1)).toEqual({ bytes: [0, 51, 102, 0, 0, 0, 153, 204, 255, 0, 0, 0], y: [7, IGNORE] });
  });
});

describe("gather_windows", () => {
  it("walks every stream from its beginning to its end, each target being the next token", () => {
    const scalars = { steps: 2, batch: 2, lane_length: 3 };
    const tokens = Uint32Array.of(10, 11, 12, 20, 21, 22, 30);
    const windowAt = (cursor: number) => {
      const [x, y] = [new Uint32Array(4), new Uint32Array(4)];
      gatherWindows.twin({ tokens, counters: startAt(cursor), x, y }, scalars);
      return [Array.from(x), Array.from(y)];
    };
    expect(windowAt(0)).toEqual([
      [10, 20, 11, 21],
      [11, 21, 12, 22],
    ]);
    expect(windowAt(1)).toEqual([
      [12, 22, 0, 0],
      [20, 30, IGNORE, IGNORE],
    ]);
  });
});

describe("gather_sequences", () => {
  it("makes time the first axis, and pads the last batch", () => {
    const scalars = { steps: 2, batch: 2, items: 3 };
    const buffers = {
      inputs: Uint32Array.of(1, 2, 3, 4, 5, 6),
      targets: Uint32Array.of(IGNORE, 20, 30, 40, 50, 60),
      order: Uint32Array.of(2, 0, 1),
    };
    const batchAt = (cursor: number) => {
      const [x, y] = [new Uint32Array(4), new Uint32Array(4)];
      gatherSequences.twin({ ...buffers, counters: startAt(cursor), x, y }, scalars);
      return [Array.from(x), Array.from(y)];
    };
    expect(batchAt(0)).toEqual([
      [5, 1, 6, 2],
      [50, IGNORE, 60, 20],
    ]);
    expect(batchAt(1)).toEqual([
      [3, 0, 4, 0],
      [30, IGNORE, 40, IGNORE],
    ]);
  });
});

describe("advance_cursor", () => {
  it("moves the cursor and nothing else", () => {
    const counters = Uint32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    advanceCursor.twin({ counters }, { by: 1 });
    expect(Array.from(counters)).toEqual([1, 3, 3, 4, 5, 6, 7, 8]);
  });
});
