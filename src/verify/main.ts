import { dawn } from "../headless/dawn";
import { openExecutor } from "../worker/devices";
import { type Terminal, verifyCommand } from "./cli";

const interruption = new AbortController();
process.on("SIGINT", () => {
  // The second does not wait.
  if (interruption.signal.aborted) process.exit(130);
  interruption.abort();
});

const terminal: Terminal = {
  print: (line) => void process.stdout.write(`${line}\n`),
  tell: (line) => void process.stderr.write(`${line}\n`),
  progress(text) {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  },
  open: (kind) => openExecutor(kind === "webgpu" ? dawn() : undefined, kind, { emulateHalf: true }),
};

// Whoever reads the report, such as `head`, may have had enough.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

// Dawn keeps Node alive after its devices are gone, so the end is explicit, once everything printed has left.
process.exitCode = await verifyCommand(process.argv.slice(2), terminal, interruption.signal);
process.stdout.write("", () => process.exit());
