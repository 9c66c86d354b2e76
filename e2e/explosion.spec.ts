import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import { openRun, shown, smallCopy, status } from "./run";

/** Weight decay times the learning rate is 1000: weights grow a thousandfold in each step. */
const exploding = {
  ...smallCopy,
  epochs: 10_000,
  "model.cell": "rnn_tanh",
  "optimizer.kind": "sgd",
  "optimizer.lr": 100,
  "optimizer.momentum": 0,
  "optimizer.weightDecay": 10,
  "clip.kind": "none",
} as const;

const panel = (page: Page) => page.getByTestId("explosion");

test("a run that explodes is explained, rewound and trained on with other settings", { tag: "@page" }, async ({ page }, info) => {
  const problems = await openRun(page, info, exploding);
  await page.getByTestId("train").click();
  await expect(status(page)).toHaveText("failed");
  await expect(panel(page).getByRole("heading", { name: /^The run exploded at step \d+$/ })).toBeVisible();
  await expect(panel(page).getByRole("alert")).toContainText(/The largest finite weight was .*e\+3\d, in/);
  const title = (await panel(page).getByRole("heading").first().textContent()) ?? "";
  const step = Number(/\d+/.exec(title)?.[0]);
  await expect(panel(page).getByRole("alert")).toContainText(new RegExp(`^(At step|Step) ${step} `));
  await expect(panel(page).getByRole("img", { name: /^Loss of steps 1 to/ })).toBeVisible();
  await panel(page)
    .getByText(/in numbers$/)
    .click();
  await expect(panel(page).getByRole("table", { name: "" }).first().getByRole("row")).toHaveCount(step + 1);
  await panel(page)
    .getByText(/in the order in which they are computed$/)
    .click();
  await expect(panel(page).getByRole("rowheader", { name: "h_t of layer 1 of 1", exact: true })).toBeVisible();
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);

  // A tenth of the rate is not enough here, and the form says what it takes.
  await panel(page).getByRole("textbox", { name: "Learning rate: number" }).fill("1000");
  await expect(panel(page).getByText("Learning rate must be a number from 1e-8 to 100.")).toBeVisible();
  await expect(page.getByTestId("rewind-train")).toBeDisabled();
  await panel(page).getByRole("textbox", { name: "Learning rate: number" }).fill("0.01");
  await panel(page)
    .getByRole("checkbox", { name: /^Clip the gradient/ })
    .check();
  await panel(page)
    .getByRole("textbox", { name: /^Clip the gradient/ })
    .fill("2");
  await page.getByTestId("rewind-train").click();
  await expect(panel(page)).toHaveCount(0);
  await expect.poll(() => shown(page, "step-count")).toBeGreaterThan(step + 20);
  expect(await shown(page, "train-loss")).toBeLessThan(3);
  await expect(status(page)).toHaveText("training");
  await expect(page.getByTestId("field-optimizer.lr")).toHaveValue("0.01");
  await expect(page.getByTestId("field-clip.kind")).toHaveValue("norm");
  expect(new URL(page.url()).searchParams.get("clip.max")).toBe("2");
  expect(problems).toEqual([]);
});

test("Rewind alone waits with the curves cut back, and trains to the same numbers", { tag: "@page" }, async ({ page }, info) => {
  const problems = await openRun(page, info, exploding);
  await page.getByTestId("step").click();
  await expect(page.getByTestId("step-count")).toHaveText("1");
  const first = await shown(page, "train-loss");
  await page.getByTestId("train").click();
  await page.getByTestId("rewind").waitFor();
  const title = await panel(page).getByRole("heading").first().textContent();
  await panel(page).getByRole("combobox").selectOption("0");
  await panel(page).getByRole("checkbox", { name: "Learning rate", exact: true }).uncheck();
  await panel(page)
    .getByRole("checkbox", { name: /^Clip the gradient/ })
    .uncheck();
  await page.getByTestId("rewind").click();
  await expect(status(page)).toHaveText("ready");
  await expect(page.getByTestId("train")).toBeFocused();
  await expect(page.getByTestId("step-count")).toHaveText("0");
  await page.getByTestId("step").click();
  await expect(page.getByTestId("step-count")).toHaveText("1");
  expect(await shown(page, "train-loss")).toBe(first);
  // With the settings as they were it explodes at the same step; the panel can be put away, and Reset begins anew.
  await page.getByTestId("train").click();
  await expect(panel(page).getByRole("heading").first()).toHaveText(title ?? "");
  await panel(page).getByRole("button", { name: "Dismiss the report of the explosion" }).click();
  await expect(panel(page)).toHaveCount(0);
  await page.getByTestId("reset").click();
  await expect(status(page)).toHaveText("ready");
  expect(problems).toEqual([]);
});
