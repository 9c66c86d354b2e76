import { collect } from "./collect";
import { type Bytes, badDataFile, DataError } from "./dataSource";

/** More than any data set here needs; stops a file that would unpack without end. */
const MAX_UNPACKED_BYTES = 512 * 1024 * 1024;

/**
 * Unpacks gzip. Bytes without gzip's magic number come back as they are: a server may have unpacked the file on the way.
 * @throws DataError "bad-file", naming `fileName`, if the file is damaged, cut short or unpacks to more than `maxBytes`.
 */
export async function gunzip(bytes: Bytes, fileName: string, maxBytes: number = MAX_UNPACKED_BYTES): Promise<Bytes> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  try {
    return await collect(unpacked, (length) => {
      if (length > maxBytes) throw badDataFile(`${fileName} unpacks to more than ${maxBytes} bytes, the most that is allowed.`);
    });
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw badDataFile(`${fileName} is damaged: it starts like a gzip file, but its ${bytes.length} bytes cannot be unpacked.`);
  }
}
