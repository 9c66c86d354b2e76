import { afterAll, beforeAll, expect, test } from "vitest";
import { forcedForm, OWN_FORM } from "../plan/forms";
import { formNames } from "../shaders/all";
import type { AnyKernel } from "../shaders/kernel";
import { withKernel } from "../testing/brokenKernel";
import { type DawnDevice, openDawn } from "../testing/dawn";
import { expectFixturePasses, firstSteps, fixtureNames, readFixture } from "../testing/fixtures";
import { interpretedCase, memoryFolder, smallConfig } from "../testing/verifyCase";
import { readCase } from "../verify/case";
import { searchCalls } from "../verify/locate";
import { compileCase } from "../verify/replay";
import { createWebGpuExecutor } from "./webgpuExecutor";

let dawn: DawnDevice;
beforeAll(async () => {
  dawn = await openDawn();
});
afterAll(() => dawn.close());

test("there are cases of PyTorch", () => expect(fixtureNames).not.toEqual([]));

test.each(fixtureNames)(
  "%s on WebGPU equals PyTorch",
  (name) => expectFixturePasses(name, async () => createWebGpuExecutor(dawn.device, dawn.facts, { emulateHalf: true })),
  120_000,
);

/** Together they have every cell, H that fits vectors of four and not, H above that of the sequence kernels, and both precisions. */
const ofEachKind = [
  "rnn-2-layers",
  "rnn-widest",
  "lstm-f16",
  "lstm-last-windows-fit",
  "lstm-widest",
  "gru-last-window-of-all",
  "gru-f16-widest",
  "gru-before-last-window-too-long",
];

test("the cases of each kind are there", () => expect(ofEachKind.filter((name) => !fixtureNames.includes(name))).toEqual([]));

/**
 * Every step makes the same kernel calls, and the second step's loss and gradient come of the weights that the first one wrote.
 * More of them would take minutes of the wide cases, since forms for real GPUs crawl on a software one.
 */
const WIDE_STEPS = 2;

test.each([OWN_FORM, ...formNames].flatMap((form) => ofEachKind.map((name): [string, string] => [form, name])))(
  "with every kernel that has it in the form %s, %s equals PyTorch",
  async (form, name) => {
    const whole = await readFixture(name);
    const each = name.endsWith("-widest") && form.startsWith("tiled") ? firstSteps(whole, WIDE_STEPS) : whole;
    const open = async () => createWebGpuExecutor(dawn.device, dawn.facts, { emulateHalf: true });
    await expectFixturePasses(each, open, { chooseForm: forcedForm(form, dawn.facts) });
  },
  240_000,
);

test.each(fixtureNames.filter((name) => name.includes("f16")))(
  "no kernel of %s is blamed",
  async (name) => {
    const each = await readFixture(name);
    const culprit = await searchCalls(compileCase(each), createWebGpuExecutor(dawn.device, dawn.facts, { emulateHalf: true }));
    expect(culprit?.isCertain ? culprit : undefined).toBeUndefined();
  },
  120_000,
);

test("a flipped sign in a kernel is found, and named", async () => {
  const each = await readCase(memoryFolder(interpretedCase(smallConfig, { steps: 4, batch: 3, initialState: true })));
  const flip = (kernel: AnyKernel): AnyKernel => {
    const wgsl = kernel.wgsl.replace("1.0 - g * g", "1.0 + g * g");
    expect(wgsl).not.toBe(kernel.wgsl);
    return { ...kernel, wgsl };
  };
  const compiled = withKernel(compileCase(each), "lstm_sequence_backward", flip);
  expect(await searchCalls(compiled, createWebGpuExecutor(dawn.device, dawn.facts))).toMatchObject({
    kernel: "lstm_sequence_backward",
    step: 1,
    where: expect.stringMatching(/^d_\w+\[\d+\]$/),
  });
});
