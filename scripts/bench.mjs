import "./lib/node.mjs";
import { benchProgram, startBench } from "./lib/bench.mjs";
import { runMain } from "./lib/processes.mjs";

await runMain(async (signal) => startBench(await benchProgram(signal), process.argv.slice(2)));
