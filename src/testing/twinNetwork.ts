import type { Tensor } from "../plan/tensor";
import { isFloat } from "../plan/tensor";
import type { Trainer } from "../train/trainer";
import { Interpreter } from "./interpreter";

/** The trainer's run in f64, with the same weights: any of its plans can be replayed without rounding. */
export async function twinOf(trainer: Trainer): Promise<Interpreter> {
  const { run, executor } = trainer;
  const machine = new Interpreter(run.program);
  await trainer.lock.run(async () => {
    const flat = [run.parameters.values.whole, run.parameters.weights.whole];
    for (const tensor of flat) machine.view(tensor).set(await executor.read(tensor));
  });
  return machine;
}

/** A tensor of the twin as plain numbers. */
export const numbersOf = (machine: Interpreter, tensor: Tensor): number[] => {
  if (!isFloat(tensor.type)) throw new TypeError(`${tensor.name} holds no floats`);
  return Array.from(machine.view(tensor));
};
