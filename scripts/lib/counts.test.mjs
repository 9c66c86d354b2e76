import { expect, test } from "vitest";
import { lastLine, none, oneFailed, onePassed, playwrightCounts, total, vitestCounts } from "./counts.mjs";

const vitest = { numPassedTests: 5, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };
const playwright = { stats: { expected: 3, unexpected: 0, flaky: 0, skipped: 0 }, errors: [] };

test("the last line counts everything, and names skipped tests only if there are some", () => {
  expect(lastLine(total([onePassed, vitestCounts(vitest, 0), playwrightCounts(playwright, 0)]))).toBe("9 passed, 0 failed");
  expect(lastLine({ passed: 1, failed: 2, skipped: 3 })).toBe("1 passed, 2 failed, 3 skipped");
  expect(total([])).toEqual(none);
});

test("a test file that cannot be loaded is a failure", () => {
  const testResults = [
    { status: "failed", assertionResults: [] },
    { status: "failed", assertionResults: [{}] },
    { status: "passed", assertionResults: [{}] },
  ];
  expect(vitestCounts({ ...vitest, numFailedTests: 1, testResults }, 1)).toEqual({ passed: 5, failed: 2, skipped: 0 });
});

test("a runner that ends badly without a failed test counts as one failure", () => {
  expect(vitestCounts(vitest, 1).failed).toBe(1);
  expect(playwrightCounts(playwright, 1).failed).toBe(1);
  expect(playwrightCounts({ ...playwright, errors: [{}, {}] }, 1).failed).toBe(2);
  expect(total([oneFailed, oneFailed]).failed).toBe(2);
});
