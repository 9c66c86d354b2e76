import { dawn } from "./dawn";
import { runHeadless } from "./run";

// Whoever reads the reports, such as `head`, may have had enough.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

process.exitCode = await runHeadless(process.argv.slice(2), {
  print: (line) => process.stdout.write(`${line}\n`),
  tell: (line) => process.stderr.write(`${line}\n`),
  gpu: dawn,
  onInterrupt: (callback) => process.once("SIGINT", callback),
});
// Dawn keeps Node alive after its devices are gone, so the end is explicit, once everything printed has left.
process.stdout.write("", () => process.exit());
