import { ceilDiv, type Workgroups } from "./kernel";
import blocks from "./matmul_blocks.wgsl?raw";
import subgroups from "./matmul_subgroups.wgsl?raw";
import threads from "./matmul_threads.wgsl?raw";
import tiles from "./matmul_tiles.wgsl?raw";

/** How the factors of C = A B are stored: A [k, m] instead of [m, k], B [n, k] instead of [k, n]. */
export interface FactorLayout {
  readonly aByTerm: boolean;
  readonly bByColumn: boolean;
}

export interface ProductSize {
  /** Rows of C. */
  readonly m: number;
  /** Columns of each product that the kernel computes. */
  readonly columns: readonly number[];
  readonly k: number;
}

type Sizes = Readonly<Record<string, number>>;

/** What the forms of a kernel need to know of it. */
export interface ProductKernel<S extends Sizes> {
  /** The kernel's name, and that of the entry points but of a `shared` form. */
  readonly name: string;
  /** WGSL of its tensors: what is read and written. */
  readonly tensors: string;
  readonly layout: FactorLayout;
  /** Where kernels that differ in B's layout share the form "subgroups": its entry point, and in WGSL whether B is stored by columns. */
  readonly shared?: { readonly name: string; readonly bByColumn: string };
  size(scalars: S): ProductSize;
  /** Offsets and strides of A, and of each B: whether vectors of four can be read. */
  places(scalars: S): { readonly a: readonly number[]; readonly b: readonly number[] };
}

const isAligned = (places: readonly number[]): number => Number(places.every((place) => place % 4 === 0));

function moduleOf(
  { name, tensors, layout }: Pick<ProductKernel<never>, "name" | "tensors" | "layout">,
  core: string,
  entry: string,
  bByColumn = String(layout.bByColumn),
): string {
  const order = `const A_BY_TERM = ${layout.aByTerm}; fn b_by_column() -> bool { return ${bByColumn}; }`;
  return [tensors, order, blocks, core, entry.replace("ENTRY", name)].join("\n");
}

const THREADS_ENTRY = `@compute @workgroup_size(32)
fn ENTRY(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  product(group, thread);
}
`;

const SUBGROUPS_ENTRY = `@compute @workgroup_size(8)
fn ENTRY(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
  @builtin(subgroup_invocation_id) lane: u32
) {
  product(group, thread, lane);
}
`;

const TILES_ENTRY = `@compute @workgroup_size(THREADS)
fn ENTRY(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  product(group, thread);
}
`;

/** Of a workgroup's 256 threads: the side of its square in blocks of four, and in how many parts it cuts the sums. */
interface Square {
  readonly side: number;
  readonly parts: number;
}
const LARGE: Square = { side: 16, parts: 1 };
const MIDDLE: Square = { side: 8, parts: 4 };
const SMALL: Square = { side: 4, parts: 16 };
/** With fewer workgroups a large GPU would idle. */
const ENOUGH_WORKGROUPS = 128;

/** The kernel's own form, without barriers or subgroups, and the others. */
export function productForms<S extends Sizes>(kernel: ProductKernel<S>) {
  const constants = (scalars: S) => {
    const { a, b } = kernel.places(scalars);
    return { A_ALIGNED: isAligned(a), B_ALIGNED: isAligned(b) };
  };
  const covering =
    (width: number, height = width) =>
    (scalars: S): Workgroups => {
      const { m, columns } = kernel.size(scalars);
      return [columns.reduce((sum, count) => sum + ceilDiv(count, width), 0), ceilDiv(m, height), 1];
    };
  const { name: entryPoint, bByColumn } = kernel.shared ?? { name: kernel.name };
  const inTiles = moduleOf(kernel, tiles, TILES_ENTRY);
  const tiled = (square: (scalars: S) => Square) => ({
    wgsl: inTiles,
    workgroups: (scalars: S) => covering(4 * square(scalars).side)(scalars),
    constants: (scalars: S) => {
      const { side, parts } = square(scalars);
      return { ...constants(scalars), SIDE: side, PARTS: parts };
    },
  });
  const isEnough = ({ side }: Square, scalars: S) => {
    const [x, y] = covering(4 * side)(scalars);
    return x * y >= ENOUGH_WORKGROUPS;
  };
  return {
    tiled: tiled((scalars) => [LARGE, MIDDLE].find((square) => isEnough(square, scalars)) ?? SMALL),
    tiled64: tiled(() => LARGE),
    tiled32: tiled(() => MIDDLE),
    tiled16: tiled(() => SMALL),
    own: { wgsl: moduleOf(kernel, threads, THREADS_ENTRY), workgroups: covering(32), constants },
    subgroups: {
      wgsl: moduleOf({ ...kernel, name: entryPoint }, subgroups, SUBGROUPS_ENTRY, bByColumn),
      entryPoint,
      workgroups: covering(32, 16),
      constants,
      needs: "subgroups",
    },
  } as const;
}
