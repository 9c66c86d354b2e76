import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's folder, whatever folder a script is started from. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** What the scripts make and may lose. */
export const cache = join(root, "node_modules", ".cache", "unroll");

/** A file of an installed package, such as a command's entry point. */
export const installed = (/** @type {string[]} */ ...parts) => join(root, "node_modules", ...parts);
