import { describe, expect, it } from "vitest";
import { addValue, carryState, fill } from "./copy";

describe("carry_state", () => {
  it.each([
    [1, [5, 6, 3, 4, 5, 6]],
    [0, [1, 2, 3, 4, 5, 6]],
  ])("copies the last slot to the first, the cell's if there is one: %d", (hasCell, cellAfter) => {
    const hidden = Float64Array.of(1, 2, 3, 4, 5, 6);
    const cell = Float64Array.of(1, 2, 3, 4, 5, 6);
    carryState.twin({ hidden, cell }, { steps: 2, size: 2, has_cell: hasCell });
    expect(Array.from(hidden)).toEqual([5, 6, 3, 4, 5, 6]);
    expect(Array.from(cell)).toEqual(cellAfter);
  });
});

describe("fill", () => {
  it("changes its range alone", () => {
    const data = Float64Array.of(1, 2, 3, 4, 5, 6);
    fill.twin({ data }, { offset: 2, count: 3, value: -1 });
    expect(Array.from(data)).toEqual([1, 2, -1, -1, -1, 6]);
  });
});

describe("add_value", () => {
  it("changes its range alone", () => {
    const sum = Float64Array.of(1, 2, 3, 4, 5, 6);
    addValue.twin({ sum }, { offset: 1, count: 2, value: 0.5 });
    expect(Array.from(sum)).toEqual([1, 2.5, 3.5, 4, 5, 6]);
  });
});
