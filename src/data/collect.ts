import type { Bytes } from "./dataSource";

/**
 * Reads a stream to its end into one array.
 * @param onLength called with the bytes so far after each chunk; what it throws ends the reading.
 */
export async function collect(stream: ReadableStream<Uint8Array>, onLength: (bytes: number) => void): Promise<Bytes> {
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      chunks.push(part.value);
      length += part.value.length;
      onLength(length);
    }
  } catch (error) {
    reader.cancel().catch(() => undefined);
    throw error;
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}
