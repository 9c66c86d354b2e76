import { describe, expect, it } from "vitest";
import { copyWithin, fill } from "./copy";

describe("copy_within and fill", () => {
  it("change their range alone", () => {
    const data = Float64Array.of(1, 2, 3, 4, 5, 6);
    copyWithin.twin({ data }, { source_offset: 4, target_offset: 1, count: 2 });
    expect(Array.from(data)).toEqual([1, 5, 6, 4, 5, 6]);
    fill.twin({ data }, { offset: 2, count: 3, value: -1 });
    expect(Array.from(data)).toEqual([1, 5, -1, -1, -1, 6]);
  });
});
