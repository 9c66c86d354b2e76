/**
 * Calls are cut into parts that several threads run, each on outputs of its own: sums keep their order, so a result is the same to the
 * bit whatever the number of parts.
 */

/** Where a part begins in `count` things that are cut in whole groups; the part after it begins where it ends. */
@inline
export function partStart(count: usize, group: usize, part: usize, parts: usize): usize {
  const start = ((count + group - 1) / group * part) / parts * group;
  return start < count ? start : count;
}

/** Rows of a batch that are kept together: those of a tile of a product. */
export const ROW_GROUP: usize = 4;

/** The first row of a part of the batch. */
@inline
export function firstRow(batch: usize, part: usize, parts: usize): usize {
  return partStart(batch, ROW_GROUP, part, parts);
}
