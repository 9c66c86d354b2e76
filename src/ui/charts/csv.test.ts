import { expect, it } from "vitest";
import { metricRows } from "../../testing/metricRows";
import { RunHistory } from "../series";
import { csvText, f32Text, metricsCsv } from "./csv";

function history(steps: number): RunHistory {
  const made = new RunHistory();
  made.append(
    metricRows(
      Array.from({ length: steps }, (_, i) => ({
        loss: 1 / (i + 3),
        accuracy: 0.1,
        gradNorm: i === 1 ? Infinity : 2,
        gradNormClipped: 1,
        clipped: 1,
        gradLargest: 0.5,
      })),
    ),
  );
  return made;
}

it("writes every step as it was measured, with validations at their steps", async () => {
  const run = history(3);
  run.validations.push({ step: 2, epoch: 0.1, loss: 0.25, accuracy: 0.5, full: false });
  const text = async (kind: "loss" | "accuracy" | "perplexity" | "gradient"): Promise<string[]> => {
    const metrics = {
      loss: ["loss"],
      accuracy: ["accuracy"],
      perplexity: ["loss"],
      gradient: ["gradNorm", "gradNormClipped", "gradLargest", "clipped"],
    } as const;
    return (await csvText(metricsCsv(run, metrics[kind], kind, [0, 3]))).join("").split("\r\n");
  };
  expect(await text("loss")).toEqual(["step,loss,validation_loss", "1,0.333333343,", "2,0.25,0.25", "3,0.200000003,", ""]);
  expect((await text("accuracy"))[2]).toBe("2,0.100000001,0.5");
  expect((await text("perplexity")).slice(0, 3)).toEqual([
    "step,loss,perplexity,validation_loss,validation_perplexity",
    "1,0.333333343,1.39561244,,",
    "2,0.25,1.28402542,0.25,1.28402542",
  ]);
  expect((await text("gradient")).slice(0, 3)).toEqual([
    "step,grad_norm,grad_norm_clipped,grad_largest,clipped",
    "1,2,1,0.5,1",
    "2,Infinity,1,0.5,1",
  ]);
});

it("writes only the steps shown", async () => {
  const rows = (await csvText(metricsCsv(history(50), ["loss"], "loss", [10.5, 20]))).join("").trimEnd().split("\r\n");
  expect(rows).toHaveLength(11);
  expect(rows[1]).toMatch(/^11,/);
  expect(rows.at(-1)).toMatch(/^20,/);
});

it("gives the page its turn while it writes 100,000 steps", async () => {
  let rests = 0;
  const source = metricsCsv(history(100_000), ["gradNorm"], "gradient", [0, 100_000]);
  const slow = { ...source, row: (index: number) => (index % 500 === 0 ? pause(source.row(index)) : source.row(index)) };
  const parts = await csvText(slow, async () => void rests++);
  expect(parts.join("").split("\r\n")).toHaveLength(100_002);
  expect(rests).toBeGreaterThan(10);
});

/** Takes a millisecond, as on a slow machine. */
function pause<T>(value: T): T {
  const end = performance.now() + 1;
  while (performance.now() < end);
  return value;
}

it("writes numbers that read back as the same f32", () => {
  for (const value of [0.1, 1 / 3, 1e-30, 123456.78, -7]) expect(Math.fround(Number(f32Text(Math.fround(value))))).toBe(Math.fround(value));
  expect(f32Text(Number.NaN)).toBe("NaN");
});
