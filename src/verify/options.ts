import { parseArgs } from "node:util";
import { OWN_FORM } from "../plan/forms";
import { formNames } from "../shaders/all";

export interface VerifyOptions {
  readonly folders: readonly string[];
  readonly on: "webgpu" | "cpu";
  /** The form that every kernel takes which has it, OWN_FORM for none; null for the fixed choice. */
  readonly form: string | null;
}

/** A command line that cannot be obeyed; the message is for people. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Reads the command line; null if it asks for help. @throws UsageError */
export function parseOptions(argv: readonly string[]): VerifyOptions | null {
  const { values, positionals } = read(argv);
  if (values.help === true) return null;
  const on = values.on ?? "webgpu";
  if (on !== "webgpu" && on !== "cpu") throw new UsageError(`--on is webgpu or cpu, not "${on}".`);
  if (positionals.length === 0) throw new UsageError("Give at least one case, such as tests/pytorch/cases/*.");
  const form = values.form ?? null;
  const forms = [OWN_FORM, ...formNames];
  if (form !== null && !forms.includes(form)) throw new UsageError(`--form is one of ${forms.join(", ")}, not "${form}".`);
  if (form !== null && on === "cpu") throw new UsageError("--form is for WebGPU: the CPU executor has one form of each kernel.");
  return { folders: positionals.map((path) => path.replace(/(?<=.)[/\\]+$/, "")), on, form };
}

function read(argv: readonly string[]) {
  try {
    const options = { on: { type: "string" }, form: { type: "string" }, help: { type: "boolean", short: "h" } } as const;
    return parseArgs({ args: [...argv], allowPositionals: true, options });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

export const helpText = (): string =>
  [
    "Replays cases made by PyTorch and compares every number.",
    "",
    "  npm run verify -- DIR... [--on webgpu|cpu] [--adapter NAME] [--form NAME]",
    "",
    "  DIR             a case's folder; several may be given. docs/verification.md describes what it holds",
    "  --on KIND       webgpu (Dawn; the default) or cpu (WebAssembly)",
    "  --adapter NAME  WebGPU's driver: auto, system, or swiftshader (software, comes with Chromium)",
    `  --form NAME     runs every kernel that has it in this form: ${[OWN_FORM, ...formNames].join(", ")}. Without it each adapter's usual ones`,
    "  --help          prints this",
    "",
    "Exit code 0: all passed. 1: something failed. 2: a case or the command line is wrong. 130: interrupted.",
    "",
  ].join("\n");
