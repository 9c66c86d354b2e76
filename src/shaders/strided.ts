import { ceilDiv, type Workgroups } from "./kernel";

const MAX_WORKGROUPS = 65_535;

/** Workgroups for a 1-D kernel whose threads stride by the whole grid, so that any number of items fits into one dispatch. */
export function stridedWorkgroups(items: number, workgroupSize: number): Workgroups {
  return [Math.min(Math.max(ceilDiv(items, workgroupSize), 1), MAX_WORKGROUPS), 1, 1];
}
