/** A model and its batch: all that a contestant must know. Every model ends in a linear head with a softmax loss, trained by Adam. */
export interface Workload {
  readonly name: string;
  /** For people. */
  readonly about: string;
  readonly cell: "rnn" | "lstm" | "gru";
  readonly hiddenSize: number;
  readonly numLayers: number;
  /** T: time steps. */
  readonly steps: number;
  /** B: sequences in a batch. */
  readonly batchSize: number;
  /** rows: numbers, 28 a step, one target after the last step. tokens: an embedding, and a target after every step. */
  readonly input: { readonly kind: "rows"; readonly size: number } | { readonly kind: "tokens"; readonly embeddingSize: number };
  /** Classes of the head, and the vocabulary where inputs are tokens. */
  readonly classes: number;
  /** Where a run of fewer time steps stands for the real one, the steps of that; absent where nothing was shortened. */
  readonly shortenedFrom?: number;
}

export const LEARNING_RATE = 0.001;
const DIGIT_ROWS = 28;
const CHARACTERS = 65;

const digits = (cell: Workload["cell"]): Workload => ({
  name: `digits-${cell}`,
  about: `${cell.toUpperCase()} 2 x 128, T 28, B 64, Adam`,
  cell,
  hiddenSize: 128,
  numLayers: 2,
  steps: DIGIT_ROWS,
  batchSize: 64,
  input: { kind: "rows", size: DIGIT_ROWS },
  classes: 10,
});

const text = (
  name: string,
  sizes: Pick<Workload, "hiddenSize" | "numLayers" | "steps" | "batchSize">,
  embeddingSize: number,
): Workload => ({
  name,
  about: `LSTM ${sizes.numLayers} x ${sizes.hiddenSize}, embedding ${embeddingSize}, T ${sizes.steps}, B ${sizes.batchSize}, Adam`,
  cell: "lstm",
  ...sizes,
  input: { kind: "tokens", embeddingSize },
  classes: CHARACTERS,
});

/** Time steps of the shortened `chars`, for adapters that compute on the CPU: a whole step would take minutes of some contestants. */
export const SHORT_CHARS_STEPS = 5;
const CHARS_STEPS = 100;

const charsOf = (steps: number): Workload => text("chars", { hiddenSize: 1024, numLayers: 2, steps, batchSize: 64 }, 512);

const headline = (short: boolean): Workload =>
  short ? { ...charsOf(SHORT_CHARS_STEPS), shortenedFrom: CHARS_STEPS } : charsOf(CHARS_STEPS);

/** The headline model at its full length anywhere: minutes a step on some contestants, so only by name. */
const wholeChars: Workload = { ...charsOf(CHARS_STEPS), name: "chars-whole" };

/** One layer, so that each axis shows itself and a sweep ends in reasonable time. */
const sweepBase = { hiddenSize: 128, numLayers: 1, steps: 32, batchSize: 32 };
const SWEEP_EMBEDDING = 32;

/** What the sweeps vary, one axis at a time from the base. */
export const sweepAxes = {
  H: { field: "hiddenSize", label: "hidden units H", values: [32, 64, 128, 256, 512] },
  T: { field: "steps", label: "time steps T", values: [8, 16, 32, 64, 128] },
  B: { field: "batchSize", label: "batch B", values: [8, 16, 32, 64, 128] },
} as const;
export type SweepAxis = keyof typeof sweepAxes;
export const sweepAxisNames = ["H", "T", "B"] as const satisfies readonly SweepAxis[];

export const sweepName = (axis: SweepAxis, value: number): string => `sweep-${axis.toLowerCase()}-${value}`;

const sweep = (axis: SweepAxis): Workload[] =>
  sweepAxes[axis].values.map((value) => text(sweepName(axis, value), { ...sweepBase, [sweepAxes[axis].field]: value }, SWEEP_EMBEDDING));

/** The workloads of a run without `--only`. @param short whether the headline model is shortened. */
export const namedWorkloads = (short: boolean): readonly Workload[] => [
  digits("rnn"),
  digits("lstm"),
  digits("gru"),
  text("chars-small", { hiddenSize: 256, numLayers: 2, steps: 64, batchSize: 32 }, 128),
  headline(short),
];

export const sweepWorkloads: readonly Workload[] = sweepAxisNames.flatMap(sweep);

/** Every name that `--only` takes, groups included. */
export const workloadNames: readonly string[] = [
  ...namedWorkloads(false).map(({ name }) => name),
  wholeChars.name,
  "sweeps",
  ...sweepWorkloads.map(({ name }) => name),
];

/** The workloads of these names, each once, in their own order; all the named ones where none is given. */
export function chosenWorkloads(only: readonly string[], short: boolean): readonly Workload[] {
  const named = namedWorkloads(short);
  if (only.length === 0) return named;
  return [...named, wholeChars, ...sweepWorkloads].filter(
    (workload) => only.includes(workload.name) || (only.includes("sweeps") && sweepWorkloads.includes(workload)),
  );
}

/** Width of one step's input to the first layer. */
export const inputWidth = ({ input }: Workload): number => (input.kind === "rows" ? input.size : input.embeddingSize);

/** Rows of the head: the last step's, or every step's. */
export const headRows = ({ input, steps, batchSize }: Workload): number => (input.kind === "rows" ? batchSize : batchSize * steps);
