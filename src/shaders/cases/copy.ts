import { addValue, carryState, fill } from "../copy";
import { type KernelCase, kernelCase, randomFloats } from "./case";

export function copyCases(): KernelCase[] {
  return [
    ...([0, 1] as const).flatMap((hasCell) =>
      (
        [
          [1, 1],
          [3, 17],
          [2, 130],
        ] as const
      ).map(([steps, size]) =>
        kernelCase(
          carryState,
          `T=${steps}, slots of ${size}, cell ${hasCell}`,
          { steps, size, has_cell: hasCell },
          { hidden: randomFloats(71, (steps + 1) * size + 3), cell: randomFloats(73, hasCell === 0 ? 1 : (steps + 1) * size + 3) },
        ),
      ),
    ),
    ...(
      [
        [1, 1],
        [65, 65],
        [3, 17],
        [200, 130],
      ] as const
    ).flatMap(([offset, count]) => [
      kernelCase(fill, `${count} elements from ${offset}`, { offset, count, value: -2.5 }, { data: randomFloats(72, 333) }),
      kernelCase(addValue, `${count} elements from ${offset}`, { offset, count, value: -2.5 }, { sum: randomFloats(74, 333) }),
    ]),
  ];
}
