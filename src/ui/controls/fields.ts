import { getField } from "../../configPath";
import type { Draft } from "../draft";
import { type DeviceSettings, halfProblem } from "./halfProblem";

export type Section = "task" | "model" | "training" | "sampling";

interface FieldBase {
  /** Dotted path in RunConfig. */
  readonly path: string;
  readonly section: Section;
  readonly label: string;
  /** One line: what it does. */
  readonly help: string;
  /** Shown only where it matters; without it, wherever the settings have the field. */
  readonly when?: (draft: Draft) => boolean;
}

interface ChoiceField extends FieldBase {
  readonly kind: "choice";
  readonly choices: readonly (readonly [value: string, label: string])[];
  /** A choice that not every device has, and why the one that would be taken lacks it. */
  readonly limited?: { readonly choice: string; readonly problem: (settings: DeviceSettings) => string | undefined };
}

export type FieldSpec = ChoiceField | (FieldBase & { readonly kind: "whole" | "number" | "flag" | "text" });

const usesTokens = (draft: Draft): boolean => getField(draft, "task.kind") !== "digits";

/** Every field of a run's configuration as people meet it, in the order of the page. */
export const fields: readonly FieldSpec[] = [
  {
    path: "task.kind",
    section: "task",
    kind: "choice",
    label: "Task",
    help: "Digits: read an image row by row and name it. Text: predict the next character. Copy: repeat symbols after a pause.",
    choices: [
      ["digits", "Digits"],
      ["text", "Text"],
      ["copy", "Copy"],
    ],
  },
  {
    path: "task.source",
    section: "task",
    kind: "choice",
    label: "Text",
    help: "What to learn from. Your own text stays on this machine.",
    choices: [
      ["shakespeare", "Shakespeare"],
      ["own", "My own text"],
    ],
  },
  {
    path: "task.sequenceLength",
    section: "task",
    kind: "whole",
    label: "Sequence length",
    help: "Characters in one training sequence: how far back the gradient can see.",
  },
  {
    path: "task.symbols",
    section: "task",
    kind: "whole",
    label: "Symbols",
    help: "How many different symbols there are; guessing is right once in that many.",
  },
  { path: "task.length", section: "task", kind: "whole", label: "Symbols to copy", help: "How many symbols have to be repeated." },
  {
    path: "task.delay",
    section: "task",
    kind: "whole",
    label: "Delay",
    help: "Blank steps between the last symbol read and the first to be repeated.",
  },
  {
    path: "model.cell",
    section: "model",
    kind: "choice",
    label: "Cell",
    help: "The recurrent unit. LSTM and GRU have gates that let gradients reach further back.",
    choices: [
      ["rnn_tanh", "RNN (tanh)"],
      ["lstm", "LSTM"],
      ["gru", "GRU"],
      ["gru_reset_before", "GRU, reset before"],
    ],
  },
  {
    path: "model.hiddenSize",
    section: "model",
    kind: "whole",
    label: "Hidden size",
    help: "Numbers that each layer remembers from step to step.",
  },
  {
    path: "model.numLayers",
    section: "model",
    kind: "whole",
    label: "Layers",
    help: "Recurrent layers on top of each other; each reads the states of the one below.",
  },
  {
    path: "model.embeddingSize",
    section: "model",
    kind: "whole",
    label: "Embedding size",
    help: "Numbers that stand for one symbol where it enters the first layer.",
    when: usesTokens,
  },
  {
    path: "model.forgetBias",
    section: "model",
    kind: "number",
    label: "Forget bias",
    help: "Added to the forget gates' biases before training: with 1 or more the gates begin open, and the cell keeps what it holds for longer.",
    when: (draft) => getField(draft, "model.cell") === "lstm",
  },
  { path: "epochs", section: "training", kind: "whole", label: "Epochs", help: "How often the whole training set is gone through." },
  { path: "batchSize", section: "training", kind: "whole", label: "Batch size", help: "Sequences trained on together in one step." },
  {
    path: "optimizer.kind",
    section: "training",
    kind: "choice",
    label: "Optimizer",
    help: "How gradients change the weights. Adam scales each weight's step by its own history.",
    choices: [
      ["adam", "Adam"],
      ["adamw", "AdamW"],
      ["sgd", "SGD"],
    ],
  },
  {
    path: "optimizer.lr",
    section: "training",
    kind: "number",
    label: "Learning rate",
    help: "Size of each step. Takes effect at once, also while training.",
  },
  {
    path: "optimizer.momentum",
    section: "training",
    kind: "number",
    label: "Momentum",
    help: "Share of the last step that is taken again.",
  },
  {
    path: "optimizer.beta1",
    section: "training",
    kind: "number",
    label: "Beta 1",
    help: "How slowly Adam's mean of the gradients forgets.",
  },
  {
    path: "optimizer.beta2",
    section: "training",
    kind: "number",
    label: "Beta 2",
    help: "How slowly Adam's mean of the squared gradients forgets.",
  },
  { path: "optimizer.eps", section: "training", kind: "number", label: "Epsilon", help: "Keeps Adam from dividing by zero." },
  {
    path: "optimizer.weightDecay",
    section: "training",
    kind: "number",
    label: "Weight decay",
    help: "Pulls weights towards zero; AdamW keeps this apart from the gradient.",
  },
  {
    path: "bptt.kind",
    section: "training",
    kind: "choice",
    label: "BPTT",
    help: "Backpropagation through time: gradients flow back through the whole sequence, or are cut every k steps, or at random steps.",
    choices: [
      ["full", "Full sequence"],
      ["fixed", "Cut every k"],
      ["random", "Cut at random"],
    ],
  },
  {
    path: "bptt.k",
    section: "training",
    kind: "whole",
    label: "Window k",
    help: "Steps after which the backward flow is cut; the state still flows forward.",
  },
  {
    path: "bptt.mean",
    section: "training",
    kind: "whole",
    label: "Mean length",
    help: "Steps between two cuts on average: each step of a training sequence is cut with probability 1 / this, drawn anew every time.",
  },
  {
    path: "bptt.compensate",
    section: "training",
    kind: "flag",
    label: "Compensate",
    help: "Scale up what passes an uncut step, so that the gradient is right on average (Tallec and Ollivier 2017), at the price of more noise.",
  },
  {
    path: "task.carryState",
    section: "training",
    kind: "flag",
    label: "Carry state",
    help: "Start each sequence from the state in which the one before it ended, so that memory reaches further than the gradient; off, each starts from zeros.",
  },
  {
    path: "clip.kind",
    section: "training",
    kind: "choice",
    label: "Clipping",
    help: "Bounds the gradient, so that a rare steep step does not undo what was learnt. Takes effect at once.",
    choices: [
      ["none", "None"],
      ["norm", "By norm"],
      ["value", "By value"],
    ],
  },
  {
    path: "clip.max",
    section: "training",
    kind: "number",
    label: "Threshold",
    help: "Largest norm of the whole gradient (by norm), or of each of its numbers (by value). Takes effect at once.",
  },
  {
    path: "precision",
    section: "training",
    kind: "choice",
    label: "Precision",
    help: "16-bit, mixed: states, gates and their gradients take 2 bytes a number, so less memory is moved; sums, weights and the optimizer stay in 32 bits.",
    choices: [
      ["f32", "32-bit float"],
      ["f16", "16-bit, mixed"],
    ],
    limited: { choice: "f16", problem: halfProblem },
  },
  {
    path: "seed",
    section: "training",
    kind: "whole",
    label: "Seed",
    help: "Fixes every random choice: the same seed on the same device gives the same run.",
  },
  {
    path: "validation.every",
    section: "training",
    kind: "whole",
    label: "Validate every",
    help: "Steps between two quick validations; every epoch ends with a full one.",
  },
  { path: "validation.batches", section: "training", kind: "whole", label: "Batches each", help: "Batches in a quick validation." },
  { path: "sampling.prompt", section: "sampling", kind: "text", label: "Prompt", help: "The network reads this first and then writes on." },
  {
    path: "sampling.temperature",
    section: "sampling",
    kind: "number",
    label: "Temperature",
    help: "Below 1 the network writes what it is surest of; above 1 it dares more.",
  },
  { path: "sampling.length", section: "sampling", kind: "whole", label: "Length", help: "Characters to write." },
];

const byPath = new Map(fields.map((field) => [field.path, field]));

/** What people call a field; its path where it has no control. */
export const fieldLabel = (path: string): string => byPath.get(path)?.label ?? path;

/** @throws RangeError for a path that is not in the table. */
export function fieldAt(path: string): FieldSpec {
  const field = byPath.get(path);
  if (field === undefined) throw new RangeError(`There is no field ${path}`);
  return field;
}

/** The fields of a section that the settings have and that matter to them. */
export const visibleFields = (section: Section, draft: Draft): FieldSpec[] =>
  fields.filter((field) => field.section === section && getField(draft, field.path) !== undefined && (field.when?.(draft) ?? true));
