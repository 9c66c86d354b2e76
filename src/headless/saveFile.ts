import { open, readlink, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";

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
  ENAMETOOLONG: "the name is too long",
  ELOOP: "its links lead round in a circle",
};

/** The system's code of an error, such as "ENOENT"; empty if it has none. */
export const errnoOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";

function saveError(path: string, error: unknown): SaveError {
  if (error instanceof SaveError) return error;
  const code = errnoOf(error);
  // Behind a link it is another folder than the name given says.
  const wanted = error instanceof Error && "path" in error && typeof error.path === "string" ? error.path : path;
  const reason = code === "ENOENT" || code === "ENOTDIR" ? `the folder ${dirname(wanted)} does not exist` : reasons[code];
  const message = error instanceof Error ? error.message : String(error);
  return refusal(path, reason ?? message);
}

const refusal = (path: string, reason: string): SaveError => new SaveError(`The checkpoint ${path} could not be written: ${reason}.`);

/** Where a file of that name lies in the end: a rename over a link would replace the link, not the file behind it. */
async function behindLinks(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
    const link = await readlink(path).catch(() => null);
    return link === null ? path : behindLinks(resolve(dirname(path), link));
  }
}

/** The file to write, and the one beside it that is written first. @throws SaveError for a folder, a device or a pipe, which a rename would replace. */
async function places(path: string): Promise<{ readonly target: string; readonly part: string }> {
  const found = await stat(path).catch((error: unknown) => {
    if (errnoOf(error) !== "ENOENT") throw error;
    return null;
  });
  if (found?.isDirectory() === true) throw refusal(path, "there is a folder of that name");
  if (found?.isFile() === false) throw refusal(path, "that is a device or a pipe, not a file");
  const target = await behindLinks(path);
  return { target, part: `${target}.${process.pid}.part` };
}

/** Whether a file could be written there, asked before hours of training. Leaves nothing behind. @throws SaveError */
export async function checkWritable(path: string): Promise<void> {
  try {
    const { part } = await places(path);
    await (await open(part, "w")).close();
    await rm(part);
  } catch (error) {
    throw saveError(path, error);
  }
}

/**
 * Writes a file as a whole or not at all: what stood there before stays until the new one is complete and on the disk.
 * @throws SaveError
 */
export async function saveFile(path: string, bytes: Uint8Array): Promise<void> {
  let part: string | undefined;
  try {
    const place = await places(path);
    part = place.part;
    const file = await open(part, "w");
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, place.target);
  } catch (error) {
    if (part !== undefined) await rm(part, { force: true }).catch(() => {});
    throw saveError(path, error);
  }
}
