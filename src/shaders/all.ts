import { copyWithin, fill } from "./copy";
import { lossSums, softmaxCrossEntropy, softmaxRows } from "./cross_entropy";
import { embeddingBackward, embeddingForward } from "./embedding";
import { advanceCursor, gatherImages, gatherSequences, gatherWindows } from "./gather";
import { gradientPartials, stepFinalize } from "./gradient_norm";
import { gruBeforeSequenceBackward, gruBeforeSequenceForward } from "./gru_before_sequence";
import {
  gruBeforeStepBackwardOutput,
  gruBeforeStepBackwardReset,
  gruBeforeStepForwardGates,
  gruBeforeStepForwardOutput,
} from "./gru_before_step";
import { gruSequenceBackward, gruSequenceForward } from "./gru_sequence";
import { gruStepBackward, gruStepForward } from "./gru_step";
import type { AnyKernel } from "./kernel";
import { adam, sgd } from "./optimizer";
import { initNormal, initUniform, threefryWords } from "./random_init";
import { sampleCategorical } from "./sample";

/** Every kernel, for tests and for the check of a device. */
export const kernels: readonly AnyKernel[] = [
  adam,
  advanceCursor,
  copyWithin,
  embeddingBackward,
  embeddingForward,
  fill,
  gatherImages,
  gatherSequences,
  gatherWindows,
  gradientPartials,
  gruBeforeSequenceBackward,
  gruBeforeSequenceForward,
  gruBeforeStepBackwardOutput,
  gruBeforeStepBackwardReset,
  gruBeforeStepForwardGates,
  gruBeforeStepForwardOutput,
  gruSequenceBackward,
  gruSequenceForward,
  gruStepBackward,
  gruStepForward,
  initNormal,
  initUniform,
  lossSums,
  sampleCategorical,
  sgd,
  softmaxCrossEntropy,
  softmaxRows,
  stepFinalize,
  threefryWords,
];
