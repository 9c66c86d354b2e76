import { type DigitSet, imagePixels } from "../data/digits";
import type { ClassifyGraph } from "./compile";
import { STRIP_DIGITS } from "./compile";
import type { Trainer } from "./trainer";

export interface StripExample {
  /** 28 x 28 intensities 0 to 255, row-major. */
  readonly pixels: Uint8Array;
  readonly label: number;
}

/** The digits of the strip: spread evenly over the test set, the same in every run. */
export function stripExamples(test: DigitSet): StripExample[] {
  const stride = Math.max(1, Math.floor(test.count / STRIP_DIGITS));
  return Array.from({ length: Math.min(STRIP_DIGITS, test.count) }, (_, i) => ({
    pixels: imagePixels(test, i * stride),
    label: test.labels[i * stride] ?? 0,
  }));
}

/** Class probabilities of images [count][784], laid out [rows of the graph, classes]; rows of absent images are those of a blank. */
async function classify(trainer: Trainer, target: ClassifyGraph, images: readonly Uint8Array[]): Promise<Float32Array<ArrayBuffer>> {
  const [steps = 0, batch = 0, width = 0] = target.graph.input.shape;
  const input = new Float32Array(steps * batch * width);
  for (const [b, pixels] of images.entries()) {
    for (let t = 0; t < steps; t++) {
      for (let i = 0; i < width; i++) input[(t * batch + b) * width + i] = (pixels[t * width + i] ?? 0) / 255;
    }
  }
  return trainer.lock.run(async () => {
    trainer.executor.write(target.graph.input, input);
    await trainer.executor.submit(target.plan, 1);
    return Float32Array.from(await trainer.executor.read(target.probabilities));
  });
}

/** Ten probabilities for each digit of the strip. */
export async function classifyStrip(trainer: Trainer, examples: readonly StripExample[]): Promise<Float32Array<ArrayBuffer>[]> {
  const { strip } = trainer.run;
  if (strip === null) throw new TypeError("only a digits run has a strip");
  const probabilities = await classify(
    trainer,
    strip,
    examples.map((example) => example.pixels),
  );
  const classes = probabilities.length / STRIP_DIGITS;
  return examples.map((_, i) => probabilities.slice(i * classes, (i + 1) * classes));
}

/** Probabilities [28, 10] of a drawing: row t after the network has read image rows 0 to t. */
export function classifyDrawing(trainer: Trainer, pixels: Uint8Array): Promise<Float32Array<ArrayBuffer>> {
  const { drawing } = trainer.run;
  if (drawing === null) throw new TypeError("only a digits run can classify a drawing");
  return classify(trainer, drawing, [pixels]);
}
