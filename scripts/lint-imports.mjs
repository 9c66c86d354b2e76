import "./lib/node.mjs";
import { join } from "node:path";
import { checkImports } from "./lib/imports.mjs";
import { root } from "./lib/paths.mjs";

const { files, breaches } = checkImports(join(root, "src"));
for (const breach of breaches) console.error(breach);
console.log(breaches.length === 0 ? `Import directions hold in ${files} files.` : `${breaches.length} imports go the wrong way.`);
process.exitCode = breaches.length === 0 ? 0 : 1;
