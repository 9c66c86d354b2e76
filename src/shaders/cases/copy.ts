import { copyWithin, fill } from "../copy";
import { type KernelCase, kernelCase, randomFloats } from "./case";

export function copyCases(): KernelCase[] {
  const ranges = [
    [0, 1, 1],
    [0, 65, 65],
    [130, 3, 17],
    [1, 200, 130],
  ] as const;
  return ranges.flatMap(([source, target, count]) => [
    kernelCase(
      copyWithin,
      `${source} to ${target}, ${count} elements`,
      { source_offset: source, target_offset: target, count },
      {
        data: randomFloats(71, 333),
      },
    ),
    kernelCase(fill, `${count} elements from ${target}`, { offset: target, count, value: -2.5 }, { data: randomFloats(72, 333) }),
  ]);
}
