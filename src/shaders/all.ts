import { addValue, carryState, fill } from "./copy";
import { lossSums, softmaxCrossEntropy, softmaxRows } from "./cross_entropy";
import { drawTruncation } from "./draw_truncation";
import { embeddingBackward, embeddingForward } from "./embedding";
import { findNonFinite } from "./find_non_finite";
import { finishCarry } from "./finish_carry";
import { fusedPack } from "./fused_pack";
import { advanceCursor, gatherImages, gatherSequences, gatherWindows } from "./gather";
import { gradientPartials, stepFinalize } from "./gradient_norm";
import { addScaled, gradientSimilarity, similarityRow } from "./gradient_similarity";
import {
  gruBeforeFusedBackwardOutput,
  gruBeforeFusedBackwardReset,
  gruBeforeFusedForwardGates,
  gruBeforeFusedForwardOutput,
} from "./gru_before_fused";
import { gruBeforeSequenceBackward, gruBeforeSequenceForward } from "./gru_before_sequence";
import {
  gruBeforeStepBackwardOutput,
  gruBeforeStepBackwardReset,
  gruBeforeStepForwardGates,
  gruBeforeStepForwardOutput,
} from "./gru_before_step";
import { gruFusedBackward, gruFusedForward } from "./gru_fused";
import { gruSequenceBackward, gruSequenceForward } from "./gru_sequence";
import { gruStepBackward, gruStepForward } from "./gru_step";
import type { AnyKernel } from "./kernel";
import { countUnderflow, narrow, unscale, updateScale } from "./loss_scaling";
import { lstmFusedBackward, lstmFusedForward } from "./lstm_fused";
import { lstmSequenceBackward, lstmSequenceForward } from "./lstm_sequence";
import { lstmStepBackward, lstmStepForward } from "./lstm_step";
import { matmulNn, matmulNt, matmulTn } from "./matmul";
import { adam, sgd } from "./optimizer";
import { keepValues, parameterProbe, probeFinalize } from "./parameter_probe";
import { initNormal, initUniform, threefryWords } from "./random_init";
import { packRecurrent } from "./recurrent_pack";
import { rnnFusedBackward, rnnFusedForward } from "./rnn_fused";
import { rnnSequenceBackward, rnnSequenceForward } from "./rnn_sequence";
import { rnnStepBackward, rnnStepForward } from "./rnn_step";
import { sampleCategorical } from "./sample";
import { spectralProbe } from "./spectral_probe";
import { horizonProbe, stateProbe } from "./state_probe";
import { weightGradients } from "./weight_gradients";

/** Every kernel, for tests and for the check of a device. */
export const kernels: readonly AnyKernel[] = [
  adam,
  addScaled,
  advanceCursor,
  carryState,
  countUnderflow,
  drawTruncation,
  embeddingBackward,
  embeddingForward,
  fill,
  addValue,
  findNonFinite,
  finishCarry,
  fusedPack,
  gatherImages,
  gatherSequences,
  gatherWindows,
  gradientPartials,
  gradientSimilarity,
  gruBeforeFusedBackwardOutput,
  gruBeforeFusedBackwardReset,
  gruBeforeFusedForwardGates,
  gruBeforeFusedForwardOutput,
  gruBeforeSequenceBackward,
  gruBeforeSequenceForward,
  gruBeforeStepBackwardOutput,
  gruBeforeStepBackwardReset,
  gruBeforeStepForwardGates,
  gruBeforeStepForwardOutput,
  gruFusedBackward,
  gruFusedForward,
  gruSequenceBackward,
  gruSequenceForward,
  gruStepBackward,
  gruStepForward,
  horizonProbe,
  initNormal,
  initUniform,
  keepValues,
  lossSums,
  lstmFusedBackward,
  lstmFusedForward,
  lstmSequenceBackward,
  lstmSequenceForward,
  lstmStepBackward,
  lstmStepForward,
  matmulNn,
  matmulNt,
  matmulTn,
  narrow,
  packRecurrent,
  parameterProbe,
  probeFinalize,
  rnnFusedBackward,
  rnnFusedForward,
  rnnSequenceBackward,
  rnnSequenceForward,
  rnnStepBackward,
  rnnStepForward,
  sampleCategorical,
  sgd,
  similarityRow,
  softmaxCrossEntropy,
  softmaxRows,
  spectralProbe,
  stateProbe,
  stepFinalize,
  threefryWords,
  unscale,
  updateScale,
  weightGradients,
];

/** The names of all forms that kernels have besides their own. */
export const formNames: readonly string[] = [...new Set(kernels.flatMap(({ forms = {} }) => Object.keys(forms)))].sort();
