import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { FileError } from "../files/fileError";
import type { CaseFolder } from "./case";

const CASE = "case.json";

const isErrno = (error: unknown): error is NodeJS.ErrnoException => error instanceof Error && "code" in error;

/** A case's folder on disk. @throws FileError if it is none, or has no case.json. */
export async function diskFolder(path: string): Promise<CaseFolder> {
  const stats = await stat(path).catch((error: unknown) => {
    throw new FileError(isErrno(error) && error.code === "ENOENT" ? `${path}: there is no such folder.` : unreadable(path, error));
  });
  if (!stats.isDirectory()) throw new FileError(`${path}: this is a file; a case is a folder with case.json and three safetensors files.`);
  const names = await listOf(path);
  if (!names.includes(CASE)) {
    const within = (await subfolders(path)).length > 0 ? ` For the cases in it, give ${path}/*.` : "";
    throw new FileError(`${path}: this folder is no case, since it has no ${CASE}.${within}`);
  }
  return {
    path,
    async read(file) {
      try {
        return new Uint8Array(await readFile(join(path, file)));
      } catch (error) {
        throw new FileError(
          isErrno(error) && error.code === "ENOENT" ? `${path}/${file}: there is no such file.` : unreadable(`${path}/${file}`, error),
        );
      }
    },
  };
}

/** "folder/*" as all folders in it, for shells that leave that to the program; any other path as it is. @throws FileError if there are none. */
export async function expandFolders(path: string): Promise<readonly string[]> {
  const parent = /^(.+)[/\\]\*$/.exec(path)?.[1];
  if (parent === undefined) return [path];
  const names = await subfolders(parent);
  if (names.length === 0) throw new FileError(`${path}: there is no folder in ${parent}.`);
  return names.map((name) => `${parent}/${name}`);
}

async function subfolders(path: string): Promise<string[]> {
  const names = await listOf(path);
  const stats = await Promise.all(names.map((name) => stat(join(path, name)).catch(() => undefined)));
  return names.filter((_, i) => stats[i]?.isDirectory()).sort();
}

const listOf = (path: string): Promise<string[]> =>
  readdir(path).catch((error: unknown) => {
    throw new FileError(isErrno(error) && error.code === "ENOENT" ? `${path}: there is no such folder.` : unreadable(path, error));
  });

const unreadable = (path: string, error: unknown): string =>
  `${path}: it cannot be read: ${error instanceof Error ? error.message : String(error)}.`;
