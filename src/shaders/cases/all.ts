import type { KernelCase } from "./case";
import { copyCases } from "./copy";
import { crossEntropyCases } from "./cross_entropy";
import { drawTruncationCases } from "./draw_truncation";
import { embeddingCases } from "./embedding";
import { findNonFiniteCases } from "./find_non_finite";
import { fusedCases } from "./fused";
import { gatherCases } from "./gather";
import { gradientNormCases } from "./gradient_norm";
import { gradientSimilarityCases } from "./gradient_similarity";
import { gruCases } from "./gru";
import { lossScalingCases } from "./loss_scaling";
import { lstmCases } from "./lstm";
import { matmulCases } from "./matmul";
import { optimizerCases } from "./optimizer";
import { probeCases } from "./probes";
import { randomInitCases } from "./random_init";
import { rnnCases } from "./rnn";
import { sampleCases } from "./sample";
import { weightGradientCases } from "./weight_gradients";

/** The cases of every kernel; each family adds its own here. */
export function allCases(): KernelCase[] {
  return [
    ...copyCases(),
    ...crossEntropyCases(),
    ...drawTruncationCases(),
    ...embeddingCases(),
    ...findNonFiniteCases(),
    ...fusedCases(),
    ...gatherCases(),
    ...gradientNormCases(),
    ...gradientSimilarityCases(),
    ...gruCases(),
    ...lossScalingCases(),
    ...lstmCases(),
    ...matmulCases(),
    ...optimizerCases(),
    ...probeCases(),
    ...randomInitCases(),
    ...rnnCases(),
    ...sampleCases(),
    ...weightGradientCases(),
  ];
}
