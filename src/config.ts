import * as v from "valibot";

/** The ranges of every number in a configuration, in one place: the schema, the controls and `--help` all read it. */
export const limits = {
  symbols: { min: 2, max: 64 },
  copyLength: { min: 1, max: 200 },
  delay: { min: 1, max: 1000 },
  sequenceLength: { min: 1, max: 1024 },
  hiddenSize: { min: 1, max: 4096 },
  numLayers: { min: 1, max: 8 },
  embeddingSize: { min: 1, max: 4096 },
  forgetBias: { min: -10, max: 10 },
  /** Distinct characters of a text. */
  vocabulary: { min: 2, max: 4096 },
  batchSize: { min: 1, max: 1024 },
  epochs: { min: 1, max: 10_000 },
  bpttWindow: { min: 1, max: 1024 },
  /** At 1 the gradient would be cut at every step, and nothing would be left to be compensated. */
  bpttMean: { min: 2, max: 1024 },
  /** Of a comparison of truncations; fewer than two draws say nothing of chance. */
  comparedBatches: { min: 1, max: 1000 },
  comparedDraws: { min: 2, max: 100 },
  lr: { min: 1e-8, max: 100 },
  momentum: { min: 0, max: 0.9999 },
  beta: { min: 0, max: 0.99999 },
  eps: { min: 1e-16, max: 1 },
  weightDecay: { min: 0, max: 10 },
  clipMax: { min: 1e-6, max: 1e6 },
  seed: { min: 0, max: 0xffff_ffff },
  validationEvery: { min: 1, max: 1_000_000 },
  validationBatches: { min: 1, max: 10_000 },
  temperature: { min: 0.05, max: 5 },
  sampleLength: { min: 1, max: 5000 },
} as const;

interface Range {
  readonly min: number;
  readonly max: number;
}

/** A finite number of a range; its message says which. */
export const number = ({ min, max }: Range) => {
  const message = `must be a number from ${min} to ${max}`;
  return v.pipe(v.number(message), v.finite(message), v.minValue(min, message), v.maxValue(max, message));
};
/** The same for whole numbers. */
export const whole = ({ min, max }: Range) => {
  const message = `must be a whole number from ${min} to ${max}`;
  return v.pipe(v.number(message), v.integer(message), v.minValue(min, message), v.maxValue(max, message));
};

export const cells = ["rnn_tanh", "lstm", "gru", "gru_reset_before"] as const;
export const cellSchema = v.picklist(cells, `must be one of ${cells.join(", ")}`);

/** Longest prompt, in UTF-16 units. */
export const MAX_PROMPT = 1000;
const promptMessage = `must be a text of at most ${MAX_PROMPT} characters`;

const flag = v.boolean("must be true or false");

/**
 * digits: MNIST, one image row per time step, classified after the last row.
 * text: next-character prediction, the text cut into contiguous streams, one per batch lane.
 * copy: recall `length` symbols after `delay` blank steps; generated, needs no download.
 */
const taskSchema = v.variant(
  "kind",
  [
    v.strictObject({ kind: v.literal("digits") }),
    v.strictObject({
      kind: v.literal("text"),
      source: v.picklist(["shakespeare", "own"], "must be shakespeare or own"),
      sequenceLength: whole(limits.sequenceLength),
      carryState: flag,
    }),
    v.strictObject({
      kind: v.literal("copy"),
      symbols: whole(limits.symbols),
      length: whole(limits.copyLength),
      delay: whole(limits.delay),
    }),
  ],
  "must be digits, text or copy",
);

const modelSchema = v.strictObject({
  cell: cellSchema,
  hiddenSize: whole(limits.hiddenSize),
  numLayers: whole(limits.numLayers),
  /** Used by tasks whose inputs are tokens (text, copy); digits feed their rows in directly. */
  embeddingSize: whole(limits.embeddingSize),
  /** Added to the LSTM's drawn forget biases, once for bias_ih and bias_hh together; files from before it was a setting lack it. */
  forgetBias: v.optional(number(limits.forgetBias), 0),
});

const fullBptt = v.strictObject({ kind: v.literal("full") });
const fixedBptt = v.strictObject({ kind: v.literal("fixed"), k: whole(limits.bpttWindow) });

/** The truncations that are the same in every step. */
export const steadyBpttSchema = v.variant("kind", [fullBptt, fixedBptt], "must be full or fixed");

/**
 * random: at each time step the gradient's way back is cut with probability 1 / mean; what passes is scaled up to make up for that, or
 * left as it is (Tallec and Ollivier 2017, "Unbiasing Truncated Backpropagation Through Time").
 */
const bpttSchema = v.variant(
  "kind",
  [fullBptt, fixedBptt, v.strictObject({ kind: v.literal("random"), mean: whole(limits.bpttMean), compensate: flag })],
  "must be full, fixed or random",
);

/** SGD, Adam and AdamW, with Adam's betas as fields of these names. */
export function optimizerSchemaWith<B extends v.ObjectEntries>(betas: B) {
  const adamFields = { lr: number(limits.lr), ...betas, eps: number(limits.eps), weightDecay: number(limits.weightDecay) };
  return v.variant(
    "kind",
    [
      v.strictObject({
        kind: v.literal("sgd"),
        lr: number(limits.lr),
        momentum: number(limits.momentum),
        weightDecay: number(limits.weightDecay),
      }),
      v.strictObject({ kind: v.literal("adam"), ...adamFields }),
      v.strictObject({ kind: v.literal("adamw"), ...adamFields }),
    ],
    "must be sgd, adam or adamw",
  );
}
const optimizerSchema = optimizerSchemaWith({ beta1: number(limits.beta), beta2: number(limits.beta) });

const clipSchema = v.variant(
  "kind",
  [
    v.strictObject({ kind: v.literal("none") }),
    v.strictObject({ kind: v.literal("norm"), max: number(limits.clipMax) }),
    v.strictObject({ kind: v.literal("value"), max: number(limits.clipMax) }),
  ],
  "must be none, norm or value",
);

export const precisionSchema = v.picklist(["f32", "f16"], "must be f32 or f16");

export const runConfigSchema = v.strictObject({
  task: taskSchema,
  model: modelSchema,
  batchSize: whole(limits.batchSize),
  epochs: whole(limits.epochs),
  bptt: bpttSchema,
  optimizer: optimizerSchema,
  clip: clipSchema,
  /** f16: half precision, with f32 accumulation and master weights and a dynamic loss scale. */
  precision: precisionSchema,
  seed: whole(limits.seed),
  /** A quick validation of `batches` batches every `every` steps; the whole validation set at the end of each epoch. */
  validation: v.strictObject({ every: whole(limits.validationEvery), batches: whole(limits.validationBatches) }),
  /** How text is sampled; the text task only. */
  sampling: v.strictObject({
    temperature: number(limits.temperature),
    prompt: v.pipe(v.string(promptMessage), v.maxLength(MAX_PROMPT, promptMessage)),
    length: whole(limits.sampleLength),
  }),
});

/** One run, complete: the same object in the page, the URL, the headless command line and the tests. */
export type RunConfig = v.InferOutput<typeof runConfigSchema>;
export type Cell = v.InferOutput<typeof cellSchema>;
export type Task = RunConfig["task"];
export type Optimizer = RunConfig["optimizer"];
export type Clip = RunConfig["clip"];
export type Bptt = RunConfig["bptt"];
export type SteadyBptt = v.InferOutput<typeof steadyBpttSchema>;

/** A configuration that cannot be run; the message is for people and names each field. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  constructor(readonly problems: readonly ConfigProblem[]) {
    super(problems.map(({ path, message }) => `${path} ${message}`).join("; "));
  }
}

export interface ConfigProblem {
  /** Dotted, such as "optimizer.lr". */
  readonly path: string;
  /** A clause that follows the field's name: "must be a number from 0 to 1; it is NaN". */
  readonly message: string;
}

const show = (value: unknown): string => (typeof value === "number" ? String(value) : (JSON.stringify(value) ?? String(value)));

/** Everything wrong with a value as a configuration; empty if it can be run. */
export function configProblems(value: unknown): ConfigProblem[] {
  // One sentence for a field: infinity is no whole number and too large as well.
  const result = v.safeParse(runConfigSchema, value, { abortPipeEarly: true });
  if (!result.success) {
    return result.issues.map((issue) => {
      const path = v.getDotPath(issue) ?? "the configuration";
      if (issue.type === "strict_object")
        return { path, message: issue.received === "undefined" ? "is missing" : "is not a field of a configuration" };
      return { path, message: `${issue.message}; it is ${show(issue.input)}` };
    });
  }
  const { bptt, task } = result.output;
  const steps = sequenceSteps(task);
  if (bptt.kind === "fixed" && bptt.k > steps) {
    return [{ path: "bptt.k", message: `must be at most the ${steps} time steps of this task; it is ${bptt.k}` }];
  }
  return [];
}

/** Validates anything from outside (URL, file, command line). @throws ConfigError naming each wrong field. */
export function parseRunConfig(value: unknown): RunConfig {
  const problems = configProblems(value);
  if (problems.length > 0) throw new ConfigError(problems);
  return v.parse(runConfigSchema, value);
}

/**
 * Characters that a text needs: a whole window of `sequenceLength` in each lane of the 90 % that train and one in the 10 % that
 * validate, and in each part one character more, the last target.
 */
export const minimumTextLength = (batchSize: number, sequenceLength: number): number =>
  Math.max(Math.ceil(((batchSize * sequenceLength + 1) * 10) / 9), sequenceLength * 10 + 1);

/** The window lengths at which truncations are compared unless others are chosen: powers of two up to T. */
export const defaultWindows = (steps: number): number[] => Array.from({ length: Math.floor(Math.log2(steps)) + 1 }, (_, i) => 2 ** i);

/** T: the time steps of one training sequence. */
export function sequenceSteps(task: Task): number {
  switch (task.kind) {
    case "digits":
      return 28;
    case "text":
      return task.sequenceLength;
    case "copy":
      return task.length * 2 + task.delay;
    default:
      return task satisfies never;
  }
}
