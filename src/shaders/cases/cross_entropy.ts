import { IGNORE, lossSums, softmaxCrossEntropy, softmaxRows } from "../cross_entropy";
import { type KernelCase, kernelCase, randomFloats, randomIntegers } from "./case";

function crossEntropy(
  label: string,
  classes: number,
  logits: Float32Array,
  targets: Uint32Array,
  writeGradient = 1,
  stride = classes,
): KernelCase {
  const rows = targets.length;
  return kernelCase(
    softmaxCrossEntropy,
    label,
    { rows, classes, write_gradient: writeGradient, gradient_stride: stride, scale: 1 / rows },
    { logits, targets, d_logits: randomFloats(5, rows * stride + 3), row_stats: randomFloats(6, rows * 3 + 3) },
  );
}

function someIgnored(targets: Uint32Array): Uint32Array {
  return targets.map((target, n) => (n % 3 === 1 ? IGNORE : target));
}

export function crossEntropyCases(): KernelCase[] {
  const random = (
    [
      [1, 1],
      [1, 10],
      [5, 3],
      [17, 65],
      [130, 17],
    ] as const
  ).map(([rows, classes]) =>
    crossEntropy(`N=${rows} V=${classes}`, classes, randomFloats(rows, rows * classes, -4, 4), randomIntegers(rows, rows, classes)),
  );
  const extremes = Float32Array.of(1e4, -1e4, 0, 1e30, -1e30, 1e30, 0, 0, 0, -1e30, -1e30, -1e30, 1e4, 1e4 + 1, 1e4 - 1);
  return [
    ...random,
    crossEntropy("some ignored", 5, randomFloats(7, 85, -4, 4), someIgnored(randomIntegers(8, 17, 5))),
    crossEntropy("all ignored", 5, randomFloats(7, 15, -4, 4), Uint32Array.of(IGNORE, IGNORE, IGNORE)),
    crossEntropy("without gradient", 5, randomFloats(9, 85, -4, 4), someIgnored(randomIntegers(10, 17, 5)), 0),
    crossEntropy("padded gradient", 5, randomFloats(10, 85, -4, 4), someIgnored(randomIntegers(11, 17, 5)), 1, 8),
    crossEntropy("huge logits, ties", 3, extremes, Uint32Array.of(1, 2, 0, 2, 1)),
    ...[1, 5, 65, 130].flatMap((rows) =>
      [0, 1].map((accumulate) =>
        kernelCase(
          lossSums,
          `N=${rows} accumulate=${accumulate}`,
          { rows, accumulate },
          {
            row_stats: randomFloats(rows, rows * 3, 0, 4),
            sums: randomFloats(11, 4),
          },
        ),
      ),
    ),
    ...(
      [
        [1, 1],
        [3, 17],
        [130, 5],
      ] as const
    ).map(([rows, classes]) =>
      kernelCase(
        softmaxRows,
        `N=${rows} V=${classes}`,
        { rows, classes },
        {
          logits: randomFloats(rows, rows * classes, -4, 4),
          probabilities: randomFloats(12, rows * classes + 3),
        },
      ),
    ),
    kernelCase(softmaxRows, "huge logits", { rows: 5, classes: 3 }, { logits: extremes, probabilities: randomFloats(13, 15) }),
  ];
}
