import { SAMPLE_STATE_LENGTH, sampleCategorical } from "../sample";
import { type KernelCase, kernelCase, randomFloats } from "./case";

interface Sample {
  readonly label: string;
  readonly logits: Float32Array;
  readonly temperature: number;
  readonly position: number;
  readonly seed?: number;
}

const prompt = Uint32Array.of(4, 0, 2);

function sample({ label, logits, temperature, position, seed = 1 }: Sample): KernelCase {
  const capacity = 5;
  const state = new Uint32Array(SAMPLE_STATE_LENGTH).fill(9);
  state.set([position, seed, prompt.length]);
  return kernelCase(
    sampleCategorical,
    label,
    { classes: logits.length, capacity },
    {
      logits,
      settings: Float32Array.of(temperature, 9, 9, 9),
      prompt,
      state,
      token: Uint32Array.of(99),
      output: new Uint32Array(capacity).fill(99),
    },
  );
}

export function sampleCases(): KernelCase[] {
  const logits = randomFloats(81, 65, -3, 3);
  return [
    sample({ label: "within the prompt", logits, temperature: 1, position: 1 }),
    sample({ label: "after the prompt", logits, temperature: 1, position: 2 }),
    ...[3, 4, 5, 6, 700].map((position) =>
      sample({ label: `position ${position}`, logits, temperature: 0.8, position, seed: 0xffff_ffff }),
    ),
    sample({ label: "one class", logits: Float32Array.of(3), temperature: 1, position: 5 }),
    sample({ label: "cold", logits, temperature: 0.05, position: 5 }),
    sample({ label: "hot", logits, temperature: 5, position: 5 }),
    sample({ label: "temperature 0", logits, temperature: 0, position: 5 }),
    sample({ label: "huge logits", logits: Float32Array.of(-1e30, 1e30, 0), temperature: 0.05, position: 5 }),
  ];
}
