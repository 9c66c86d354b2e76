import { access, constants, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";

/** A file that cannot be written; the message is for people. */
export class SaveError extends Error {
  override readonly name = "SaveError";
}

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "your share of the disk is full",
  EFBIG: "it is larger than a file may be there",
  EACCES: "you may not write there",
  EPERM: "you may not write there",
  EROFS: "the disk can only be read",
  EISDIR: "there is a folder of that name",
  ENAMETOOLONG: "the name is too long",
};

function saveError(path: string, error: unknown): SaveError {
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
  const reason = code === "ENOENT" || code === "ENOTDIR" ? `the folder ${dirname(path)} does not exist` : reasons[code];
  const message = error instanceof Error ? error.message : String(error);
  return new SaveError(`The checkpoint ${path} could not be written: ${reason ?? message}.`);
}

/** Whether a file could be written there, asked before hours of training. @throws SaveError */
export async function checkWritable(path: string): Promise<void> {
  try {
    await access(dirname(path), constants.W_OK);
  } catch (error) {
    throw saveError(path, error);
  }
  const found = await stat(path).catch(() => null);
  if (found?.isDirectory() === true) throw saveError(path, Object.assign(new Error(), { code: "EISDIR" }));
}

/**
 * Writes a file as a whole or not at all: what stood there before stays until the new one is complete and on the disk.
 * @throws SaveError
 */
export async function saveFile(path: string, bytes: Uint8Array): Promise<void> {
  const part = `${path}.${process.pid}.part`;
  try {
    const file = await open(part, "w");
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true }).catch(() => {});
    throw saveError(path, error);
  }
}
