import { expect, type Page } from "@playwright/test";

/**
 * Opens the page and collects what goes wrong in it: uncaught errors, console errors, failed and unsuccessful requests.
 * A test ends with `expect(problems).toEqual([])`.
 */
export async function openPage(page: Page, address = "./"): Promise<readonly string[]> {
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(`uncaught: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(`console: ${message.text()}`);
  });
  page.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText ?? "";
    // What the page itself cancels, and any HEAD request, is reported as aborted.
    if (reason !== "net::ERR_ABORTED") problems.push(`failed: ${request.url()} ${reason}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) problems.push(`${response.status()}: ${response.url()}`);
  });
  await page.goto(address);
  await expect(page.getByRole("main")).toBeVisible();
  return problems;
}
