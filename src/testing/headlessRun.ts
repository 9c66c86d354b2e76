import { runHeadless } from "../headless/run";

/** A copy-memory run that takes moments: 100 steps to the epoch. */
export const small = ["--preset", "copy-memory", "--set", "task.delay=3", "--set", "task.length=2", "--set", "model.hiddenSize=8"];
export const start = [...small, "--set", "batchSize=128", "--set", "validation.every=30"];
/** On the CPU, with a line of JSON for each step. */
export const lines = ["--executor", "cpu", "--json", "--every-step"];

interface Ran {
  readonly code: number;
  /** Reports, as parsed JSON without the seconds that they took. */
  readonly steps: readonly unknown[];
  readonly probes: readonly unknown[];
  /** The lines that are not JSON. */
  readonly forPeople: readonly string[];
  readonly validations: readonly unknown[];
  readonly told: string;
}

type OnLine = (count: number, pressCtrlC: () => void) => void;

interface Printed {
  readonly code: number;
  /** Every line, as it was printed. */
  readonly printed: readonly string[];
  readonly told: string;
}

/** Runs the program; `onLine` is called after each line that it prints. */
export async function runPrinting(args: readonly string[], onLine: OnLine = () => {}): Promise<Printed> {
  const printed: string[] = [];
  const told: string[] = [];
  let interrupt = (): void => {};
  const code = await runHeadless(args, {
    print(line) {
      printed.push(line);
      onLine(printed.length, interrupt);
    },
    tell: (line) => told.push(line),
    gpu() {
      throw new Error("not on a GPU");
    },
    onInterrupt: (callback) => {
      interrupt = callback;
    },
  });
  return { code, printed, told: told.join("\n") };
}

/** The same, with its reports told apart. */
export async function headless(args: readonly string[], onLine: OnLine = () => {}): Promise<Ran> {
  const { code, printed, told } = await runPrinting(args, onLine);
  const reports: Record<string, unknown>[] = printed.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
  const isStep = (report: object): boolean => "loss" in report;
  const isProbe = (report: object): boolean => "probe" in report;
  const validations = reports
    .filter((report) => !isStep(report) && !isProbe(report))
    .map(({ stepsPerSecond: _, trainLoss: __, ...rest }) => rest);
  return {
    code,
    forPeople: printed.filter((line) => !line.startsWith("{")),
    steps: reports.filter(isStep),
    probes: reports.filter(isProbe),
    validations,
    told,
  };
}
