import "./lib/node.mjs";
import { runMain } from "./lib/processes.mjs";
import { setUp } from "./lib/setup.mjs";

await runMain((signal) => setUp({ signal }));
