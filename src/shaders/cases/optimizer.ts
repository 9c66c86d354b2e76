import { CONTROL_LENGTH, clipKinds } from "../gradient_norm";
import { adam, sgd } from "../optimizer";
import { type KernelCase, kernelCase, randomFloats } from "./case";
import { hyperOf } from "./gradient_norm";

const GUARD = 3;

function controlOf(finite: number): Float32Array {
  const control = new Float32Array(CONTROL_LENGTH);
  control.set([2, 1, 0.5, finite, 0.271, 0.002997]);
  return control;
}

function sgdCase(label: string, count: number, hyper: Float32Array, finite = 1): KernelCase {
  return kernelCase(
    sgd,
    label,
    { count },
    {
      params: randomFloats(31, count + GUARD),
      gradients: randomFloats(32, count + GUARD),
      momentum: randomFloats(33, count + GUARD),
      hyper,
      control: controlOf(finite),
    },
  );
}

function adamCase(label: string, count: number, hyper: Float32Array, decoupled: number, finite = 1): KernelCase {
  return kernelCase(
    adam,
    label,
    { count, decoupled },
    {
      params: randomFloats(34, count + GUARD),
      gradients: randomFloats(35, count + GUARD),
      moment1: randomFloats(36, count + GUARD),
      moment2: randomFloats(37, count + GUARD, 0, 1),
      hyper,
      control: controlOf(finite),
    },
  );
}

export function optimizerCases(): KernelCase[] {
  const none = hyperOf(clipKinds.none, 0);
  const clips = [
    ["no clipping", none],
    ["norm clipping", hyperOf(clipKinds.norm, 1)],
    ["value clipping", hyperOf(clipKinds.value, 0.3)],
  ] as const;
  return [
    ...[1, 3, 5, 130, 1025].flatMap((count) => [
      sgdCase(`N=${count}`, count, none),
      adamCase(`N=${count}`, count, none, 0),
      adamCase(`N=${count} decoupled`, count, none, 1),
    ]),
    ...clips.flatMap(([label, hyper]) => [
      sgdCase(label, 17, hyper),
      adamCase(label, 17, hyper, 0),
      adamCase(`${label}, decoupled`, 17, hyper, 1),
    ]),
    sgdCase("not finite", 17, none, 0),
    adamCase("not finite", 17, none, 0, 0),
  ];
}
