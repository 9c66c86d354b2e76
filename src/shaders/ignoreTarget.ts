/** The target of a position that the loss leaves out; the same number stands in the WGSL of the loss and the batch gathering. */
export const IGNORE_TARGET = 0xffff_ffff;
