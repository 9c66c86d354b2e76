import { FileError } from "../files/fileError";
import { type Executor, ExecutorError } from "../plan/executor";
import { forcedForm } from "../plan/forms";
import { readCase, type VerifyCase } from "./case";
import { diskFolder, expandFolders } from "./folder";
import { helpText, parseOptions, UsageError, type VerifyOptions } from "./options";
import { caseLines, totalLine } from "./report";
import { countQuantities, verifyCase } from "./run";

/** 0: all passed. 1: something failed. 2: the command line or a case is wrong. 130: interrupted. */
export type ExitCode = 0 | 1 | 2 | 130;

export interface Terminal {
  /** A line of the report. */
  print(line: string): void;
  /** A line for the person beside it. */
  tell(line: string): void;
  /** Shows what is being done, in place of what was shown before; "" clears it. */
  progress(text: string): void;
  /** A fresh executor at each call. */
  open(kind: VerifyOptions["on"]): Promise<Executor>;
}

/** The whole command. Never throws. */
export async function verifyCommand(argv: readonly string[], terminal: Terminal, signal: AbortSignal): Promise<ExitCode> {
  try {
    const options = parseOptions(argv);
    if (options === null) {
      terminal.print(helpText());
      return 0;
    }
    const cases = await readAll(options.folders, terminal, signal);
    return cases === null ? 2 : await verifyAll(cases, options, terminal, signal);
  } catch (error) {
    terminal.progress("");
    if (signal.aborted) {
      terminal.tell("Stopped.");
      return 130;
    }
    if (error instanceof UsageError) {
      terminal.tell(`${error.message}\nSee npm run verify -- --help.`);
      return 2;
    }
    const message = error instanceof Error ? error.message : String(error);
    const noGpu = error instanceof ExecutorError && error.code === "no-webgpu";
    terminal.tell(noGpu ? `${message} Add --adapter swiftshader or --on cpu.` : `The replay stopped: ${message}`);
    return 1;
  }
}

/** Reads all cases before any is replayed; null, with a line for each that is wrong, if one is. */
async function readAll(paths: readonly string[], terminal: Terminal, signal: AbortSignal): Promise<readonly VerifyCase[] | null> {
  let isRight = true;
  /** What reading gives, or nothing once its complaint has been told. */
  const told = async <T>(read: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      isRight = false;
      terminal.progress("");
      terminal.tell(error.message);
      return undefined;
    }
  };
  const cases: VerifyCase[] = [];
  for (const path of paths) {
    for (const folder of (await told(() => expandFolders(path))) ?? []) {
      signal.throwIfAborted();
      terminal.progress(`Reading ${folder}`);
      const each = await told(async () => readCase(await diskFolder(folder)));
      if (each !== undefined) cases.push(each);
    }
  }
  terminal.progress("");
  return isRight ? cases : null;
}

async function verifyAll(
  cases: readonly VerifyCase[],
  { on, form }: VerifyOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<ExitCode> {
  const open = () => terminal.open(on);
  const probe = await open();
  terminal.tell(`Replaying on ${probe.facts.name} (${on}).`);
  const chooseForm = form === null ? undefined : forcedForm(form, probe.facts);
  probe.destroy();
  const total = { passed: 0, failed: 0 };
  for (const [index, each] of cases.entries()) {
    const label = `Case ${index + 1} of ${cases.length}: ${each.config.name}`;
    terminal.progress(label);
    const onStep = (done: number) => terminal.progress(`${label}, step ${done} of ${each.config.steps}`);
    const result = await verifyCase(each, open, { signal, onStep, chooseForm });
    terminal.progress("");
    for (const line of caseLines(result)) terminal.print(line);
    const { passed, failed } = countQuantities(result);
    total.passed += passed;
    total.failed += failed;
  }
  terminal.print(totalLine(total));
  return total.failed === 0 ? 0 : 1;
}
