import { expect, test } from "vitest";
import { createCpuExecutor } from "../cpu/cpuExecutor";
import { expectFixturePasses, fixtureNames } from "../testing/fixtures";

test("there are cases of PyTorch", () => expect(fixtureNames).not.toEqual([]));

test.each(fixtureNames)("%s on the CPU equals PyTorch", (name) =>
  expectFixturePasses(name, () => createCpuExecutor({ emulateHalf: true })),
);
