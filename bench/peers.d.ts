/**
 * The parts of the peers' interfaces that the benchmark uses. Declared here so that types are checked without bench/node_modules, which
 * only the benchmark installs.
 */
declare module "@tensorflow/tfjs-core" {
  export class Tensor {
    reshape(shape: readonly number[]): Tensor;
    cast(type: "float32" | "int32"): Tensor;
    asScalar(): Scalar;
    data(): Promise<Float32Array | Int32Array>;
    dispose(): void;
  }
  export class Scalar extends Tensor {
    readonly rank: 0;
  }
  export interface Optimizer {
    minimize(loss: () => Scalar, returnCost: boolean): Scalar | null;
  }
  export interface LayersModel {
    apply(input: Tensor, options: { readonly training: boolean }): Tensor | readonly Tensor[];
  }
  export const train: { adam(learningRate: number): Optimizer };
  export const losses: { softmaxCrossEntropy(labels: Tensor, logits: Tensor): Tensor };
  export const version_core: string;
  export function setBackend(name: string): Promise<boolean>;
  export function getBackend(): string;
  export function ready(): Promise<void>;
  export function tidy(work: () => Tensor): Tensor;
  export function tensor(data: Float32Array | Int32Array, shape: readonly number[], type?: "float32" | "int32"): Tensor;
  export function tensor1d(data: Int32Array, type: "int32"): Tensor;
  export function tensor2d(data: Float32Array | Int32Array, shape: readonly [number, number], type: "int32"): Tensor;
  export function oneHot(indices: Tensor, depth: number): Tensor;
}

declare module "@tensorflow/tfjs-layers" {
  import type { LayersModel } from "@tensorflow/tfjs-core";

  interface Layer {
    readonly name: string;
  }
  interface Recurrent {
    readonly units: number;
    readonly returnSequences: boolean;
    readonly inputShape?: readonly number[];
    readonly recurrentActivation?: "sigmoid";
    readonly recurrentInitializer?: "glorotUniform";
  }
  export interface Sequential extends LayersModel {
    add(layer: Layer): void;
  }
  export function sequential(): Sequential;
  export const layers: {
    simpleRNN(options: Recurrent): Layer;
    lstm(options: Recurrent): Layer;
    gru(options: Recurrent): Layer;
    embedding(options: { readonly inputDim: number; readonly outputDim: number; readonly inputLength: number }): Layer;
    dense(options: { readonly units: number; readonly useBias?: boolean; readonly inputShape?: readonly number[] }): Layer;
  };
}

declare module "@tensorflow/tfjs-backend-webgpu" {}
declare module "@tensorflow/tfjs-core/dist/register_all_gradients" {}
declare module "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops" {}

declare module "@tensorflow/tfjs-backend-wasm" {
  export function setWasmPaths(folder: string): void;
  export function setThreadsCount(count: number): void;
}

declare module "@jax-js/jax" {
  class JaxArray {
    readonly ref: JaxArray;
    readonly shape: number[];
    add(other: JaxArray | number): JaxArray;
    sub(other: JaxArray | number): JaxArray;
    mul(other: JaxArray | number): JaxArray;
    div(other: JaxArray | number): JaxArray;
    neg(): JaxArray;
    sum(): JaxArray;
    reshape(shape: number[]): JaxArray;
    /** A number takes one entry of an axis, [] all, [from, to] a range. */
    slice(...index: (number | [] | [number, number])[]): JaxArray;
    data(): Promise<ArrayLike<number>>;
    dispose(): void;
  }

  export { JaxArray as Array };

  type Device = "webgpu" | "wasm";
  export function init(device: Device): Promise<readonly string[]>;
  export function defaultDevice(device?: Device): string;
  export function jit<A extends readonly unknown[], R>(f: (...args: A) => R): (...args: A) => R;
  export function valueAndGrad<P, A extends readonly unknown[]>(
    f: (params: P, ...args: A) => JaxArray,
  ): (params: P, ...args: A) => [JaxArray, P];
  export function blockUntilReady(tree: unknown): Promise<unknown>;
  export const tree: { ref<T>(tree: T): T; dispose(tree: unknown): void };
  export const lax: { stopGradient(x: JaxArray): JaxArray };
  export const nn: {
    sigmoid(x: JaxArray): JaxArray;
    logSoftmax(x: JaxArray): JaxArray;
    oneHot(x: JaxArray, classes: number): JaxArray;
  };
  type DType = "int32" | "float32";
  export const numpy: {
    readonly int32: DType;
    array(values: number | readonly number[] | Float32Array | Int32Array, options?: { readonly dtype: DType }): JaxArray;
    zeros(shape: number[]): JaxArray;
    ones(shape: number[]): JaxArray;
    dot(a: JaxArray, b: JaxArray): JaxArray;
    tanh(x: JaxArray): JaxArray;
    sqrt(x: JaxArray): JaxArray;
  };
}
