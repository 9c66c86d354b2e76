import { columnSum } from "./column_sum";
import { copyWithin, fill } from "./copy";
import { lossSums, softmaxCrossEntropy, softmaxRows } from "./cross_entropy";
import { embeddingBackward, embeddingForward } from "./embedding";
import { finishCarry } from "./finish_carry";
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
import { countUnderflow, narrow, unscale, updateScale } from "./loss_scaling";
import { lstmSequenceBackward, lstmSequenceForward } from "./lstm_sequence";
import { lstmStepBackward, lstmStepForward } from "./lstm_step";
import { matmulNn, matmulNt, matmulTn } from "./matmul";
import { adam, sgd } from "./optimizer";
import { initNormal, initUniform, threefryWords } from "./random_init";
import { packRecurrent } from "./recurrent_pack";
import { rnnSequenceBackward, rnnSequenceForward } from "./rnn_sequence";
import { rnnStepBackward, rnnStepForward } from "./rnn_step";
import { sampleCategorical } from "./sample";

/** Every kernel, for tests and for the check of a device. */
export const kernels: readonly AnyKernel[] = [
  adam,
  advanceCursor,
  columnSum,
  copyWithin,
  countUnderflow,
  embeddingBackward,
  embeddingForward,
  fill,
  finishCarry,
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
  lstmSequenceBackward,
  lstmSequenceForward,
  lstmStepBackward,
  lstmStepForward,
  matmulNn,
  matmulNt,
  matmulTn,
  narrow,
  packRecurrent,
  rnnSequenceBackward,
  rnnSequenceForward,
  rnnStepBackward,
  rnnStepForward,
  sampleCategorical,
  sgd,
  softmaxCrossEntropy,
  softmaxRows,
  stepFinalize,
  threefryWords,
  unscale,
  updateScale,
];
