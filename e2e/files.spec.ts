import { readFileSync } from "node:fs";
import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import { address, executorOf, openRun, shown, smallChars, smallCopy, smallDigits, status } from "./run";

/** Copy memory that does not end while a test looks at it. */
const longCopy = { ...smallCopy, epochs: 10_000 } as const;

/** Saves the open run; returns where the file lies and what it is called. */
async function save(page: Page): Promise<{ readonly path: string; readonly name: string }> {
  const coming = page.waitForEvent("download");
  await page.getByTestId("save").click();
  const download = await coming;
  return { path: await download.path(), name: download.suggestedFilename() };
}

async function drop(page: Page, name: string, bytes: Buffer): Promise<void> {
  const transfer = await page.evaluateHandle(
    ([fileName, text]) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(atob(text), (character) => character.charCodeAt(0))], fileName));
      return data;
    },
    [name, bytes.toString("base64")] as const,
  );
  await page.dispatchEvent("body", "drop", { dataTransfer: transfer });
}

async function trainSome(page: Page, steps: number): Promise<number> {
  await page.getByTestId("train").click();
  await expect.poll(() => shown(page, "step-count")).toBeGreaterThan(steps);
  await page.getByTestId("pause").click();
  await expect(status(page)).toHaveText("paused");
  return shown(page, "step-count");
}

test("a run is saved, and opened again after the page was reloaded: Train goes on", async ({ page }, info) => {
  const settings = { ...longCopy, "optimizer.lr": 0.004 };
  const problems = await openRun(page, info, settings);
  const step = await trainSome(page, 20);
  const { path, name } = await save(page);
  expect(name).toBe(`unroll-copy-gru-step${step}.safetensors`);
  // What a straight run computes next.
  await page.getByTestId("step").click();
  await expect.poll(() => shown(page, "step-count")).toBe(step + 1);
  await expect(status(page)).toHaveText("paused");
  const loss = await page.getByTestId("train-loss").textContent();

  await page.goto(address({ executor: executorOf(info), ...smallChars }));
  await expect(status(page)).toHaveText("ready", { timeout: 60_000 });
  await page.getByTestId("open-file").setInputFiles({ name, mimeType: "", buffer: readFileSync(path) });
  await expect.poll(() => shown(page, "step-count"), { timeout: 60_000 }).toBe(step);
  await expect(status(page)).toHaveText("paused");
  await expect(page.getByText(`Opened ${name} at step ${step.toLocaleString("en")}`)).toBeVisible();
  // Its settings are shown, and are in the address.
  await expect(page.getByTestId("field-model.hiddenSize")).toHaveValue("16");
  await expect(page.getByTestId("field-optimizer.lr")).toHaveValue("0.004");
  expect(new URL(page.url()).searchParams.get("preset")).toBe("copy-memory");
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);

  await page.getByTestId("step").click();
  await expect.poll(() => shown(page, "step-count")).toBe(step + 1);
  await expect(page.getByTestId("train-loss")).toHaveText(loss ?? "");
  await trainSome(page, step + 10);
  await page.getByTestId("reset").click();
  await expect.poll(() => shown(page, "step-count")).toBe(0);
  expect(problems).toEqual([]);
});

test("a run is saved while it trains", async ({ page }, info) => {
  const problems = await openRun(page, info, longCopy);
  await page.getByTestId("train").click();
  await expect.poll(() => shown(page, "step-count")).toBeGreaterThan(5);
  const { name } = await save(page);
  expect(name).toMatch(/^unroll-copy-gru-step\d+\.safetensors$/);
  await expect(status(page)).toHaveText("training");
  await page.getByTestId("pause").click();
  expect(problems).toEqual([]);
});

test("a bad file is refused with a sentence, and the run stays", { tag: "@page" }, async ({ page }, info) => {
  const problems = await openRun(page, info, longCopy);
  const step = await trainSome(page, 5);
  const { path } = await save(page);
  const good = readFileSync(path);
  const newer = Buffer.from(good.toString("latin1").replace('{\\"version\\":1,', '{\\"version\\":7,'), "latin1");
  const bad = [
    [
      "poem.safetensors",
      Buffer.from("Shall I compare thee to a summer's day?"),
      /"poem\.safetensors" cannot be opened.*no safetensors file/,
    ],
    ["empty.safetensors", Buffer.alloc(0), /only 0 bytes/],
    ["half.safetensors", good.subarray(0, good.length / 2), /the file has [\d,]+ bytes of tensors/],
    ["newer.safetensors", newer, /newer version of Unroll.*Take the newest version/],
    // Recognised by its content.
    ["renamed.txt", good.subarray(0, 300), /"renamed\.txt" cannot be opened/],
  ] as const;
  for (const [name, bytes, sentence] of bad) {
    await drop(page, name, bytes);
    await expect(page.getByTestId("error")).toContainText(sentence);
    await page.getByRole("button", { name: "Dismiss this message" }).click();
    await expect(page.getByTestId("error")).toHaveCount(0);
  }
  expect(await shown(page, "step-count")).toBe(step);
  await page.getByTestId("step").click();
  await expect.poll(() => shown(page, "step-count")).toBe(step + 1);
  expect(problems).toEqual([]);
});

test("a run on a text of one's own asks for that text, and opens with it", { tag: "@page" }, async ({ page }, info) => {
  const problems = await openRun(page, info, {
    ...smallChars,
    batchSize: 2,
    "task.sequenceLength": 8,
    "validation.every": 1000,
    epochs: 100,
  });
  const poem = Buffer.from("So long as men can breathe or eyes can see, so long lives this, and this gives life to thee.\n".repeat(40));
  await drop(page, "poem.txt", poem);
  await expect(status(page)).toHaveText("training", { timeout: 60_000 });
  await page.getByTestId("pause").click();
  await expect(status(page)).toHaveText("paused");
  const step = await shown(page, "step-count");
  const { path, name } = await save(page);
  const saved = readFileSync(path);

  await openRun(page, info, longCopy);
  await drop(page, name, saved);
  await expect(page.getByTestId("error")).toContainText(/text of its own, of 3,\d+ characters.*is not loaded.*Drop that text/);
  await expect(status(page)).toHaveText("ready");
  await drop(page, "poem.txt", poem);
  await expect.poll(() => shown(page, "step-count"), { timeout: 60_000 }).toBeGreaterThan(0);
  await drop(page, name, saved);
  await expect(page.getByText(`Opened ${name} at step ${step.toLocaleString("en")}`)).toBeVisible({ timeout: 60_000 });
  expect(problems).toEqual([]);
});

test("opening shows its progress when it takes a while, and can be given up", { tag: "@page" }, async ({ page }, info) => {
  const problems = await openRun(page, info, { ...smallDigits, epochs: 1000 });
  const { path, name } = await save(page);
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route("**/train-images*", async (route) => {
    // The page asks at its start whether the file is there.
    if (route.request().method() === "GET") await released;
    // The page may have given up the request.
    await route.continue().catch(() => undefined);
  });
  await page.setViewportSize({ width: 360, height: 740 });
  await openRun(page, info, longCopy);
  await page.getByTestId("train").click();
  await page.getByTestId("open-file").setInputFiles({ name, mimeType: "", buffer: readFileSync(path) });
  await expect(page.getByText("Loading data")).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByText("Loading data")).toHaveCount(0);
  release();
  await expect(status(page)).toHaveText("training");
  await expect(page.getByTestId("error")).toHaveCount(0);
  await page.getByTestId("open-file").setInputFiles({ name, mimeType: "", buffer: readFileSync(path) });
  await expect(page.getByText(/60,000 images/)).toBeAttached({ timeout: 60_000 });
  await expect(status(page)).toHaveText("ready");
  expect(problems).toEqual([]);
});

test("Save and Open are reached with the keyboard, and nothing overflows at 360 pixels", { tag: "@page" }, async ({ page }, info) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await openRun(page, info, longCopy);
  await page.getByTestId("reset").focus();
  await page.keyboard.press("Tab");
  await expect(page.getByTestId("save")).toBeFocused();
  const coming = page.waitForEvent("download");
  await page.keyboard.press("Enter");
  const path = await (await coming).path();
  await expect(page.getByTestId("save")).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(page.getByTestId("open")).toBeFocused();
  const choosing = page.waitForEvent("filechooser");
  await page.keyboard.press("Enter");
  await (await choosing).setFiles({ name: `${"long-".repeat(20)}name.safetensors`, mimeType: "", buffer: readFileSync(path) });
  await expect(status(page)).toHaveText("ready");
  await drop(page, `${"long".repeat(25)}.safetensors`, Buffer.from("no run"));
  await expect(page.getByTestId("error")).toContainText("cannot be opened");
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
});
