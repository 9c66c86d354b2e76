import { expect, test } from "vitest";
import { defaultForm, lengthsText, readForm } from "./settings";

test("asks for powers of two up to the length of the sequence unless something is typed", () => {
  expect(lengthsText(defaultForm, 28)).toBe("1, 2, 4, 8, 16");
  expect(readForm(defaultForm, 28)).toEqual({ request: { lengths: [1, 2, 4, 8, 16], batches: 20, draws: 4 }, problems: {} });
});

test("measures the run's own setting as well, if its sequences are that long", () => {
  expect(lengthsText(defaultForm, 28, 6)).toBe("1, 2, 4, 6, 8, 16");
  expect(lengthsText(defaultForm, 28, 8)).toBe("1, 2, 4, 8, 16");
  expect(lengthsText(defaultForm, 28, 29)).toBe("1, 2, 4, 8, 16");
  expect(lengthsText({ ...defaultForm, lengths: "3" }, 28, 6)).toBe("3");
  expect(readForm(defaultForm, 5, 3).request?.lengths).toEqual([1, 2, 3, 4]);
});

test("takes commas, spaces and semicolons", () => {
  expect(readForm({ lengths: " 3,5;7  28,", batches: "2", draws: "10" }, 28).request).toEqual({
    lengths: [3, 5, 7, 28],
    batches: 2,
    draws: 10,
  });
});

test.each([
  [{ lengths: "29" }, "lengths", /from 1 to the 28 steps/],
  [{ lengths: "" }, "lengths", /Whole numbers/],
  [{ lengths: "2, x" }, "lengths", /Whole numbers/],
  [{ lengths: "2.5" }, "lengths", /Whole numbers/],
  [{ batches: "0" }, "batches", /from 1 to 1000/],
  [{ draws: "1" }, "draws", /from 2 to 100/],
  [{ draws: "1e9" }, "draws", /from 2 to 100/],
] as const)("says what is wrong with %j", (typed, field, sentence) => {
  const { request, problems } = readForm({ ...defaultForm, ...typed }, 28);
  expect(request).toBeUndefined();
  expect(problems[field]).toMatch(sentence);
});
