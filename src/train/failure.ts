import { ConfigError, type RunConfig } from "../config";
import { DataError } from "../data/dataSource";
import { ExecutorError, type ExecutorErrorCode } from "../plan/executor";

export type FailureCode = ExecutorErrorCode | "bad-config" | "bad-file" | "no-data" | "diverged";

/** Where a person reads of a failure: it decides what they can do about it, and in which words. */
export type Place = "page" | "terminal";

/** A failure as told to people: what happened, and what they can do. */
export interface FailureText {
  readonly code: FailureCode;
  readonly message: string;
  readonly advice: string;
}

const executorAdvice: Readonly<Record<Place, Readonly<Record<ExecutorErrorCode, string>>>> = {
  page: {
    "no-webgpu": "Choose the CPU executor, or a browser with WebGPU turned on.",
    "no-half": "Set the precision to 32-bit float.",
    "device-lost": "Press Reset to start again; if it happens often, choose the CPU executor or a smaller model.",
    "out-of-memory": "Choose a smaller hidden size, batch or sequence length.",
    internal: "Press Reset to start again. If it happens again, please report it with the sentence above.",
  },
  terminal: {
    "no-webgpu": "Add --executor cpu, or --adapter swiftshader where Chromium is installed.",
    "no-half": "Train with --set precision=f32; a run that was saved in half precision needs a device that has it.",
    "device-lost": "Start again, with --resume if it was saved; if it happens often, add --executor cpu or choose a smaller model.",
    "out-of-memory": "Choose a smaller hidden size, batch or sequence length.",
    internal: "If it happens again, please report it with this sentence.",
  },
};

/** What to tell a person of anything thrown. */
export function failureText(error: unknown, place: Place = "page"): FailureText {
  if (error instanceof ConfigError) {
    return { code: "bad-config", message: `These settings cannot be run: ${error.message}.`, advice: "Change the settings named here." };
  }
  if (error instanceof DataError) return { code: error.code, message: error.message, advice: error.advice };
  if (error instanceof ExecutorError) return { code: error.code, message: error.message, advice: executorAdvice[place][error.code] };
  const message = error instanceof Error ? error.message : String(error);
  return { code: "internal", message: `Something went wrong inside Unroll: ${message}`, advice: executorAdvice[place].internal };
}

const divergedAdvice: Readonly<Record<Place, Readonly<Record<RunConfig["precision"], string>>>> = {
  page: {
    f32: "Press Reset and train with a lower learning rate, or clip the gradient by norm.",
    f16: "Press Reset and train with a lower learning rate, or in 32-bit floats.",
  },
  terminal: {
    f32: "Train with a lower learning rate (--set optimizer.lr=NUMBER), or clip the gradient by norm (--set clip.kind=norm).",
    f16: "Train with a lower learning rate (--set optimizer.lr=NUMBER), or in 32-bit floats (--set precision=f32).",
  },
};

/** What to tell a person when a loss or gradient is no longer finite; in half precision, when no loss scale can mend it. */
export function divergedText(step: number, precision: RunConfig["precision"], place: Place = "page"): FailureText {
  const message =
    precision === "f16"
      ? `Training stopped at step ${step}: the loss was no longer a finite number, or the gradient overflowed 16-bit floats although the ` +
        "loss scale was down to 1. Such a step changes no weight."
      : `Training stopped: the loss or the gradient was no longer a finite number at step ${step}. Such a step changes no weight.`;
  return { code: "diverged", message, advice: divergedAdvice[place][precision] };
}
