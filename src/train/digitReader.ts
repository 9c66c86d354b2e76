import { Activations } from "./activations";
import type { DigitAsk, DigitRead } from "./insideMessages";
import { logSoftmax } from "./predictions";
import type { Trainer } from "./trainer";

/** The gradient is linear in dLogits: brought near this size it stays clear of what half precision cannot hold, and is divided again. */
const SEED_SIZE = 64;

/**
 * Reads an image row by row and keeps every state, then takes the gradient of one class's score at the last row with respect to each
 * pixel (Simonyan, Vedaldi & Zisserman 2014). With the weights as they are between two training steps.
 */
export function readDigit(trainer: Trainer, { pixels, target, score }: Omit<DigitAsk, "kind">): Promise<Omit<DigitRead, "kind">> {
  const { executor } = trainer;
  const { look, shape } = trainer.run;
  if (look === null) throw new TypeError("only a digits run can look at a digit");
  const { graph } = look;
  const { outputs } = shape;
  const [steps = 0] = graph.input.shape;
  return trainer.lock.run(async () => {
    executor.write(
      graph.input,
      Float32Array.from({ length: graph.input.size }, (_, i) => (pixels[i] ?? 0) / 255),
    );
    executor.write(look.carryScale, new Float32Array(steps).fill(1));
    await executor.submit(look.forward, 1);
    const activations = new Activations(shape, steps);
    const [logits] = await Promise.all([executor.read(graph.logits), activations.append(executor, graph.layers, steps)]);
    const logProbabilities = Array.from({ length: steps }, (_, t) => logSoftmax(logits, t * outputs, outputs));
    const last = logProbabilities[steps - 1] ?? new Float64Array(outputs);
    const predicted = last.indexOf(Math.max(...last));
    const chosen = target ?? predicted;
    const seed = scoreGradient(last, chosen, score);
    const scale = SEED_SIZE / Math.max(...seed.map(Math.abs), Number.MIN_VALUE);
    const stride = look.dLogits.shape[1] ?? outputs;
    const dLogits = new Float32Array(look.dLogits.size);
    // A score that no logit changes has no gradient; a scale that is not finite would make NaN of its zeros.
    if (Number.isFinite(scale)) for (const [i, value] of seed.entries()) dLogits[(steps - 1) * stride + i] = value * scale;
    executor.write(look.dLogits, dLogits);
    await executor.submit(look.backward, 1);
    const scaled = await executor.read(look.dInput);
    return {
      step: trainer.step,
      probabilities: Float32Array.from(logProbabilities.flatMap((row) => Array.from(row, Math.exp))),
      predicted,
      target: chosen,
      score,
      quantities: activations.quantities,
      hiddenSize: shape.hiddenSize,
      layers: activations.layers,
      dInput: Float32Array.from(scaled, (value) => (Number.isFinite(scale) ? value / scale : 0)),
    };
  });
}

/** d(score of class c)/d(logits): the logit's is one-hot, the log probability's is that minus the probabilities. */
function scoreGradient(logProbabilities: Float64Array, target: number, score: DigitAsk["score"]): number[] {
  const probabilities = Array.from(logProbabilities, Math.exp);
  if (score === "logit") return probabilities.map((_, i) => (i === target ? 1 : 0));
  // 1 - p as the sum of the others: near 1 the difference would lose its digits.
  const others = probabilities.reduce((sum, p, i) => (i === target ? sum : sum + p), 0);
  return probabilities.map((p, i) => (i === target ? others : -p));
}
