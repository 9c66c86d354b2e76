import { dirname, join } from "node:path";

const beside = (name: string): string => join(dirname(process.argv[1] ?? "."), name);

/** Files that the benchmark needs beside its own code: named by whoever starts it, else beside the program. */
export const places = {
  /** Folder of tfjs's .wasm files, with the slash. */
  tfjsWasm: process.env.UNROLL_BENCH_TFJS ?? beside("tfjs/"),
  torchScript: process.env.UNROLL_BENCH_TORCH ?? beside("torch_peer.py"),
  /** The built page for `--on browser`; not part of a bundle. */
  page: process.env.UNROLL_BENCH_PAGE,
};
