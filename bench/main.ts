import { runMain } from "../scripts/lib/processes.mjs";
import { runCheck } from "./commands/check";
import { runLadder } from "./commands/ladder";
import { runMemory } from "./commands/memory";
import { runOverhead } from "./commands/overhead";
import { runPlot } from "./commands/plot";
import { runPeers } from "./commands/run";
import { ensureJson } from "./host";
import { helpText, parseBenchOptions } from "./options";

const [first, text = ""] = process.argv.slice(2);
if (first === "child") {
  const { runChild } = await import("./child");
  await runChild(JSON.parse(text));
} else if (first === "child-check") {
  const { checkHere } = await import("./commands/checkHere");
  process.exitCode = await checkHere(text === "cpu" ? "cpu" : "webgpu");
  process.stdout.write("", () => process.exit());
} else {
  await runMain(async (signal) => {
    const options = parseBenchOptions(process.argv.slice(2));
    if (options === null) {
      console.log(helpText);
      return 0;
    }
    ensureJson(options.json);
    switch (options.command) {
      case "run":
        return await runPeers(options, signal);
      case "ladder":
        return await runLadder(options, signal);
      case "overhead":
        return await runOverhead(options, signal);
      case "memory":
        return await runMemory(options, signal);
      case "check":
        return await runCheck(options, signal);
      case "plot":
        return runPlot(options);
      default:
        return options.command satisfies never;
    }
  });
}
