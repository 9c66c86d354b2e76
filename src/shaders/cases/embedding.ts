import { embeddingBackward, embeddingForward } from "../embedding";
import { type KernelCase, kernelCase, randomFloats, randomIntegers } from "./case";

/** [N, V, E]; 130 rows and more are added up in parts. */
const shapes = [
  [1, 1, 1],
  [5, 3, 17],
  [130, 65, 65],
  [17, 5, 300],
  [65, 130, 6],
  [2050, 3, 5],
] as const;

export function embeddingCases(): KernelCase[] {
  return shapes.flatMap(([count, vocab, dim]) => {
    const tokens = randomIntegers(count, count, vocab);
    const label = `N=${count} V=${vocab} E=${dim}`;
    return [
      kernelCase(
        embeddingForward,
        label,
        { count, dim },
        {
          weight: randomFloats(1, vocab * dim),
          tokens,
          out: randomFloats(2, count * dim + 3),
        },
      ),
      kernelCase(
        embeddingBackward,
        label,
        { count, vocab, dim },
        {
          tokens,
          d_out: randomFloats(3, count * dim),
          d_weight: randomFloats(4, vocab * dim + 3),
        },
      ),
    ];
  });
}
