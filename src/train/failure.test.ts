import { expect, it } from "vitest";
import { ExecutorError, type ExecutorErrorCode, noHalf } from "../plan/executor";
import { divergedText, failureText } from "./failure";

it("tells of a run in f32 that diverged", () => {
  expect(divergedText(12, "f32")).toMatchObject({
    code: "diverged",
    message: expect.stringMatching(/no longer a finite number at step 12\./),
  });
});

it("tells of a run in f16 that the scale could not save", () => {
  const { message, advice } = divergedText(12, "f16");
  expect(message).toMatch(/at step 12: .*the loss scale was down to 1\./);
  expect(advice).toContain("32-bit floats");
});

it("tells the way back from half precision that the device lacks", () => {
  const device = { name: "Old GPU", isSoftware: false, features: [], half: "none" } as const;
  const gpu = failureText(noHalf({ ...device, executor: "webgpu" }));
  expect(gpu).toMatchObject({ code: "no-half", message: expect.stringContaining("Old GPU"), advice: "Set the precision to 32-bit float." });
  expect(failureText(noHalf({ ...device, executor: "cpu" })).message).toContain("The CPU executor");
});

it("gives the terminal remedies that are there: no button, and options by their names", () => {
  const codes: readonly ExecutorErrorCode[] = ["no-webgpu", "no-half", "device-lost", "out-of-memory", "internal"];
  const texts = [
    ...codes.map((code) => failureText(new ExecutorError(code, "It failed."), "terminal")),
    failureText(new Error("unforeseen"), "terminal"),
    divergedText(3, "f32", "terminal"),
    divergedText(3, "f16", "terminal"),
  ];
  for (const { advice } of texts) expect(advice).not.toMatch(/press|reset|browser|reload/i);
  expect(texts[0]?.advice).toContain("--executor cpu");
  expect(divergedText(3, "f16", "terminal").advice).toContain("--set precision=f32");
  expect(failureText(new ExecutorError("device-lost", "It failed.")).advice).toContain("Press Reset");
});
