import { defaultWindows, limits } from "../../config";
import { parseDecimal } from "../../configPath";
import type { TruncationRequest } from "../../worker/protocol";

/** What is typed into the form; undefined is what suits the open run. */
export interface TruncationForm {
  readonly lengths: string | undefined;
  readonly batches: string;
  readonly draws: string;
}

export const defaultForm: TruncationForm = { lengths: undefined, batches: "20", draws: "4" };

/** The lengths as typed, or the usual ones with the run's own, if it has one that is no longer than its sequences. */
export function lengthsText({ lengths }: TruncationForm, steps: number, own?: number): string {
  if (lengths !== undefined) return lengths;
  const usual = new Set([...defaultWindows(steps), ...(own !== undefined && own <= steps ? [own] : [])]);
  return [...usual].sort((a, b) => a - b).join(", ");
}

type Field = keyof TruncationForm;
export type FormProblems = Readonly<Partial<Record<Field, string>>>;

/** What the form asks for of sequences of T steps, or what is wrong with each field. */
export function readForm(
  form: TruncationForm,
  steps: number,
  own?: number,
): { readonly request?: TruncationRequest; readonly problems: FormProblems } {
  const problems: Partial<Record<Field, string>> = {};
  const isWhole = (value: number, min: number, max: number): boolean => Number.isInteger(value) && value >= min && value <= max;
  const number = (field: "batches" | "draws", { min, max }: { readonly min: number; readonly max: number }): number => {
    const value = parseDecimal(form[field]);
    if (!isWhole(value, min, max)) problems[field] = `A whole number from ${min} to ${max}.`;
    return value;
  };
  const lengths = lengthsText(form, steps, own)
    .split(/[\s,;]+/)
    .filter((part) => part !== "")
    .map(parseDecimal);
  if (lengths.length === 0 || lengths.some((length) => !isWhole(length, 1, steps))) {
    problems.lengths = `Whole numbers from 1 to the ${steps} steps of a sequence, with commas between them.`;
  }
  const request = { lengths, batches: number("batches", limits.comparedBatches), draws: number("draws", limits.comparedDraws) };
  return Object.keys(problems).length > 0 ? { problems } : { request, problems };
}
