/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/** @type {Counts} */
export const none = { passed: 0, failed: 0, skipped: 0 };
/** @type {Counts} */
export const onePassed = { ...none, passed: 1 };
/** @type {Counts} */
export const oneFailed = { ...none, failed: 1 };

/** @param {readonly Counts[]} all @returns {Counts} */
export const total = (all) =>
  all.reduce((a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped }), none);

/** The last line of a test run. @param {Counts} counts */
export const lastLine = ({ passed, failed, skipped }) => `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;

/** A runner that ended badly without naming a failed test failed as a whole. @param {Counts} counts @param {number} exitCode @returns {Counts} */
const withCrash = (counts, exitCode) => (exitCode !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts);

/**
 * @param {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number,
 *   testResults: readonly { status: string, assertionResults: readonly unknown[] }[] }} report Vitest's JSON report.
 * @param {number} exitCode
 */
export function vitestCounts(report, exitCode) {
  // A file that could not be loaded has no tests to fail.
  const unloaded = report.testResults.filter(({ status, assertionResults }) => status === "failed" && assertionResults.length === 0).length;
  const failed = report.numFailedTests + unloaded;
  return withCrash({ passed: report.numPassedTests, failed, skipped: report.numPendingTests + report.numTodoTests }, exitCode);
}

/**
 * @param {{ stats: { expected: number, unexpected: number, flaky: number, skipped: number }, errors: readonly unknown[] }} report Playwright's JSON report.
 * @param {number} exitCode
 */
export function playwrightCounts({ stats, errors }, exitCode) {
  return withCrash({ passed: stats.expected + stats.flaky, failed: stats.unexpected + errors.length, skipped: stats.skipped }, exitCode);
}
