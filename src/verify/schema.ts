import * as v from "valibot";
import { cellSchema, limits, number, optimizerSchemaWith, precisionSchema, steadyBpttSchema, whole } from "../config";

const flag = v.boolean("must be true or false");

/** Every number of a case's own that a configuration does not have. */
const caseLimits = {
  width: { min: 1, max: 4096 },
  /** Each step has a row of the metrics ring. */
  steps: { min: 1, max: 4096 },
  tolerance: { min: 0, max: 1e6 },
} as const;

const modelSchema = v.strictObject({
  cell: cellSchema,
  /** Numbers of one step's input. Of no meaning with an embedding, whose `dim` the first layer reads. */
  inputSize: v.nullable(whole({ ...caseLimits.width, min: 0 })),
  hiddenSize: whole(limits.hiddenSize),
  numLayers: whole(limits.numLayers),
  embedding: v.nullable(v.strictObject({ vocab: whole(caseLimits.width), dim: whole(limits.embeddingSize) })),
  head: v.strictObject({ outputs: whole(caseLimits.width), at: v.picklist(["last", "all"], "must be last or all") }),
});

const betasMessage = "must be two numbers";
const optimizerSchema = optimizerSchemaWith({ betas: v.strictTuple([number(limits.beta), number(limits.beta)], betasMessage) });

const clipSchema = v.nullable(
  v.strictObject(
    { kind: v.picklist(["norm", "value"], "must be norm or value"), max: number(limits.clipMax) },
    "must be null or an object",
  ),
);

/** case.json; its fields are described in docs/verification.md. */
export const caseSchema = v.strictObject({
  name: v.pipe(v.string("must be a text"), v.regex(/^\P{Cc}+$/u, "must be a text of one line")),
  model: modelSchema,
  loss: v.literal("cross_entropy", "must be cross_entropy"),
  optimizer: optimizerSchema,
  clip: clipSchema,
  bptt: steadyBpttSchema,
  carryState: flag,
  steps: whole(caseLimits.steps),
  precision: precisionSchema,
  tolerance: v.optional(v.strictObject({ abs: number(caseLimits.tolerance), rel: number(caseLimits.tolerance) }, "must have abs and rel")),
});

export type CaseConfig = v.InferOutput<typeof caseSchema>;
export type Precision = CaseConfig["precision"];

const show = (value: unknown): string => (typeof value === "number" ? String(value) : (JSON.stringify(value) ?? String(value)));

/** What is wrong with the first wrong field of a case.json, as "field clause". */
export function schemaProblem(issues: readonly v.BaseIssue<unknown>[]): string {
  const [issue] = issues;
  if (issue === undefined) return "cannot be read";
  const path = v.getDotPath(issue) ?? "the case";
  if (issue.input === undefined) return `${path} is missing`;
  if (issue.type === "strict_object" && issue.expected === "never") return `${path} is not a field of a case`;
  return `${path} ${issue.type === "strict_object" && issue.expected === "Object" ? "must be an object" : issue.message}; it is ${show(issue.input)}`;
}
