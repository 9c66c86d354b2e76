import { constants } from "node:fs";
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { DataError, type DataSource, missingFile } from "../data/dataSource";

const isErrno = (error: unknown): error is NodeJS.ErrnoException => error instanceof Error && "code" in error;

/** Reads data files below a folder. */
export function fileSource(directory: string): DataSource {
  return {
    async read(path, onProgress, signal) {
      try {
        const bytes = new Uint8Array(await readFile(join(directory, path), { signal }));
        onProgress?.(1);
        return bytes;
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        if (isErrno(error) && error.code === "ENOENT") throw missingFile(path);
        const reason = error instanceof Error ? error.message : String(error);
        throw new DataError(
          "no-data",
          `The data file ${path} could not be read: ${reason}.`,
          "Check that the file may be read, then try again.",
        );
      }
    },

    async has(path) {
      try {
        await access(join(directory, path), constants.R_OK);
        return true;
      } catch {
        return false;
      }
    },
  };
}
