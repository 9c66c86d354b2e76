import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { checkImports, importsOf, refusal } from "./imports.mjs";

test.for([
  ["shaders/a.ts", "shaders/kernel.ts"],
  ["plan/plan.ts", "shaders/kernel.ts"],
  ["gpu/a.ts", "plan/plan.ts"],
  ["cpu/a.ts", "shaders/all.ts"],
  ["presets.ts", "config.ts"],
  ["data/order.ts", "shaders/threefry.ts"],
  ["model/rnn.ts", "plan/program.ts"],
  ["train/trainer.ts", "model/rnn.ts"],
  ["worker/session.ts", "train/trainer.ts"],
  ["worker/worker.ts", "worker/protocol.ts"],
  ["headless/main.ts", "gpu/device.ts"],
  ["verify/case.ts", "files/safetensors.ts"],
  ["verify/main.ts", "headless/dawn.ts"],
  ["ui/App.tsx", "worker/client.ts"],
  ["ui/panels/A.tsx", "presets.ts"],
  ["ui/a.test.tsx", "train/trainer.ts"],
  ["testing/dawn.ts", "ui/App.tsx"],
])("%s may import %s", ([from, to]) => expect(refusal(from ?? "", to ?? "")).toBeUndefined());

test.for([
  ["shaders/a.ts", "plan/plan.ts"],
  ["plan/plan.ts", "gpu/device.ts"],
  ["gpu/a.ts", "cpu/a.ts"],
  ["gpu/a.ts", "config.ts"],
  ["config.ts", "plan/plan.ts"],
  ["data/order.ts", "shaders/kernel.ts"],
  ["data/order.ts", "train/trainer.ts"],
  ["model/rnn.ts", "train/trainer.ts"],
  ["train/trainer.ts", "gpu/device.ts"],
  ["worker/protocol.ts", "plan/plan.ts"],
  ["worker/protocol.ts", "train/trainer.ts"],
  ["worker/client.ts", "worker/worker.ts"],
  ["worker/session.ts", "ui/App.tsx"],
  ["ui/App.tsx", "worker/worker.ts"],
  ["ui/App.tsx", "train/trainer.ts"],
  ["ui/App.tsx", "plan/plan.ts"],
  ["train/trainer.ts", "testing/dawn.ts"],
  ["files/safetensors.ts", "plan/tensor.ts"],
  ["verify/main.ts", "headless/main.ts"],
  ["nowhere/a.ts", "config.ts"],
])("%s may not import %s", ([from, to]) => expect(refusal(from ?? "", to ?? "")).toBeDefined());

test("some imports are right for types, addresses or packages only", () => {
  expect(refusal("worker/protocol.ts", "plan/plan.ts", { isType: true })).toBeUndefined();
  expect(refusal("worker/client.ts", "worker/worker.ts", { isUrl: true })).toBeUndefined();
  expect(refusal("ui/App.tsx", "worker/worker.ts", { isUrl: true })).toBeDefined();
  expect(refusal("ui/App.tsx", "react", { isPackage: true })).toBeUndefined();
  expect(refusal("ui/App.tsx", "react-router", { isPackage: true })).toBeDefined();
  expect(refusal("train/trainer.ts", "node:fs", { isPackage: true })).toBeDefined();
  expect(refusal("headless/main.ts", "node:fs", { isPackage: true })).toBeUndefined();
});

test("every form of import is found", () => {
  const source = `
    import { a } from "./a";
    import type { B } from "./b";
    import "./c.css";
    export * from "./d";
    export type { E } from "./e";
    const f = () => import("./f");
    type G = import("./g").G;
    new Worker(new URL("./h.ts", import.meta.url), { type: "module" });
    const notOne = 'import { x } from "./x"';
  `;
  const found = importsOf("x.ts", source);
  expect(found.map(({ to }) => to).sort()).toEqual(["./a", "./b", "./c.css", "./d", "./e", "./f", "./g", "./h.ts"]);
  expect(found.filter(({ isType }) => isType).map(({ to }) => to)).toEqual(["./b", "./e"]);
  expect(found.filter(({ isUrl }) => isUrl).map(({ to }) => to)).toEqual(["./h.ts"]);
});

test("a wrong import in a file is reported with its line, and nothing else is", async () => {
  const src = await mkdtemp(join(tmpdir(), "unroll-imports-"));
  const files = {
    "config.ts": "export const a = 1;\n",
    "shaders/kernel.ts": "export const k = 1;\n",
    "train/step.ts": 'import { k } from "../shaders/kernel";\n\nimport { A } from "../ui/App";\nexport const s = [k, A];\n',
    "ui/App.tsx": 'import { useState } from "react";\nimport { a } from "../config";\nexport const A = () => <p>{useState(a)}</p>;\n',
  };
  for (const [path, source] of Object.entries(files)) {
    await mkdir(dirname(join(src, path)), { recursive: true });
    await writeFile(join(src, path), source);
  }
  expect(checkImports(src)).toEqual({ files: 4, breaches: ["src/train/step.ts:3: train/ may not import ui/App.tsx"] });
  await rm(src, { recursive: true });
});
