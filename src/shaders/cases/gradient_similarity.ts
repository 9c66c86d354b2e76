import { addScaled, gradientSimilarity, similarityBlocks, similarityRow } from "../gradient_similarity";
import { type KernelCase, kernelCase, randomFloats } from "./case";

const add = (count: number, scale: number): KernelCase =>
  kernelCase(
    addScaled,
    `N=${count} scale=${scale}`,
    { count, scale },
    { source: randomFloats(121, count + 2), target_sum: randomFloats(122, count + 3) },
  );

interface Range {
  readonly count: number;
  readonly offset?: number;
  readonly blocks?: number;
  readonly firstBlock?: number;
  readonly scale?: number;
}

function similarity({ count, offset = 0, blocks = similarityBlocks(count), firstBlock = 0, scale = 1 }: Range): KernelCase {
  return kernelCase(
    gradientSimilarity,
    `N=${count} from ${offset}, ${blocks} blocks from ${firstBlock}, scale ${scale}`,
    { offset, count, blocks, first_block: firstBlock, scale },
    {
      a: randomFloats(123, offset + count + 5),
      b: randomFloats(124, offset + count + 5),
      partials: randomFloats(125, 4 * (firstBlock + blocks + 1)),
    },
  );
}

const row = (blocks: number, groups: number, capacity: number, cursor: number): KernelCase =>
  kernelCase(
    similarityRow,
    `${groups} groups of ${blocks} blocks, row ${cursor} of ${capacity}`,
    { blocks, groups, capacity },
    {
      partials: randomFloats(126, 4 * groups * blocks + 4, 0, 1),
      cursor: Uint32Array.of(cursor, 7),
      results: randomFloats(127, 4 * groups * capacity + 4),
    },
  );

export function gradientSimilarityCases(): KernelCase[] {
  return [
    add(1, 2),
    add(130, -1),
    add(4099, 0.25),
    similarity({ count: 1 }),
    similarity({ count: 63, scale: -0.5 }),
    similarity({ count: 130, offset: 128, firstBlock: 1 }),
    similarity({ count: 5000, blocks: 7, offset: 3, scale: 0.25 }),
    similarity({ count: 3, blocks: 5 }),
    row(1, 1, 1, 0),
    row(7, 2, 3, 1),
    row(130, 2, 4, 10),
  ];
}
