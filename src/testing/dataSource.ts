import { type Bytes, type DataSource, missingFile } from "../data/dataSource";

/** A source that holds its files in memory, for tests. */
export function memorySource(files: Readonly<Record<string, Uint8Array>>): DataSource {
  return {
    async read(path, onProgress, signal) {
      signal?.throwIfAborted();
      const bytes = files[path];
      if (bytes === undefined) throw missingFile(path);
      onProgress?.(1);
      return new Uint8Array(bytes);
    },
    async has(path) {
      return path in files;
    },
  };
}

/** An IDX file, correct unless its parts are not. */
export function idxFile(shape: readonly number[], data: ArrayLike<number>, magic: readonly number[] = [0, 0, 8, shape.length]): Bytes {
  const bytes = new Uint8Array(4 + 4 * shape.length + data.length);
  bytes.set(magic);
  const view = new DataView(bytes.buffer);
  for (const [i, length] of shape.entries()) view.setUint32(4 + 4 * i, length);
  bytes.set(data, 4 + 4 * shape.length);
  return bytes;
}

/** Packs with the platform's gzip. */
export async function gzip(bytes: Bytes): Promise<Bytes> {
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}
