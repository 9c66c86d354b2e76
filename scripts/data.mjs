import "./lib/node.mjs";
import { missingSentence, prepareData } from "./lib/dataStep.mjs";
import { Problem, runMain } from "./lib/processes.mjs";

// Fills public/data. Needs nothing but Node.
await runMain(async (signal) => {
  const missing = await prepareData(signal);
  if (missing.length > 0) throw new Problem(missingSentence(missing));
  console.error("The data sets are in public/data, complete and verified.");
});
