import "./lib/node.mjs";
import { writeBenchFolder } from "./lib/bench.mjs";
import { Problem, runMain } from "./lib/processes.mjs";

const usage = "npm run bench:bundle -- [FOLDER]   (bench-bundle, if none is given)";

await runMain(async (signal) => {
  const [folder = "bench-bundle", ...rest] = process.argv.slice(2);
  if (folder === "--help") return void console.log(usage);
  if (rest.length > 0 || folder.startsWith("-")) throw new Problem(`One folder at most.\n${usage}`, 2);
  await writeBenchFolder(folder, signal);
});
