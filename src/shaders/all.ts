import { copyWithin, fill } from "./copy";
import { lossSums, softmaxCrossEntropy, softmaxRows } from "./cross_entropy";
import { embeddingBackward, embeddingForward } from "./embedding";
import { advanceCursor, gatherImages, gatherSequences, gatherWindows } from "./gather";
import { gradientPartials, stepFinalize } from "./gradient_norm";
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
