import { expect, it } from "vitest";
import { noHalf } from "../plan/executor";
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
