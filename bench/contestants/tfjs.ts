import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
// The two that the union package imports, and a custom one must: gradients, and operations as methods of a tensor.
import "@tensorflow/tfjs-core/dist/register_all_gradients";
import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops";
import { makeBatches } from "../data";
import { LEARNING_RATE, type Workload } from "../workloads";
import type { Contestant, ContestantFacts, CreateContestant } from "./contestant";

type Backend = "webgpu" | "wasm";

/**
 * The layers API's own recurrent layers, trained by `optimizer.minimize`, which reads nothing back; `trainOnBatch` would wait for the
 * loss of each step. tfjs knows the GRU only with the reset before the product (its `resetAfter` is refused).
 */
function createModel({ cell, hiddenSize, numLayers, steps, input, classes }: Workload, backend: Backend): tf.LayersModel {
  const model = layers.sequential();
  if (input.kind === "tokens") {
    // The gradient of a gather, UnsortedSegmentSum, is missing from the wasm backend; there the same product on one-hot rows.
    if (backend === "wasm") model.add(layers.layers.dense({ units: input.embeddingSize, useBias: false, inputShape: [steps, classes] }));
    else model.add(layers.layers.embedding({ inputDim: classes, outputDim: input.embeddingSize, inputLength: steps }));
  }
  for (let layer = 0; layer < numLayers; layer++) {
    const options = {
      units: hiddenSize,
      returnSequences: input.kind === "tokens" || layer < numLayers - 1,
      // The default, an orthogonal matrix, takes a QR decomposition that can last many times longer than the first step itself.
      recurrentInitializer: "glorotUniform" as const,
      ...(layer === 0 && input.kind === "rows" && { inputShape: [steps, input.size] }),
    };
    const gated = { ...options, recurrentActivation: "sigmoid" as const };
    if (cell === "rnn") model.add(layers.layers.simpleRNN(options));
    else if (cell === "lstm") model.add(layers.layers.lstm(gated));
    else model.add(layers.layers.gru(gated));
  }
  model.add(layers.layers.dense({ units: classes }));
  return model;
}

class Tfjs implements Contestant {
  readonly #workload: Workload;
  readonly #backend: Backend;
  readonly #batches: ReturnType<typeof makeBatches>;
  #inputs: tf.Tensor[] = [];
  #targets: tf.Tensor[] = [];
  #model: tf.LayersModel | undefined;
  #optimizer: tf.Optimizer | undefined;
  #loss: tf.Scalar | undefined;
  #step = 0;

  constructor(workload: Workload, backend: Backend) {
    this.#workload = workload;
    this.#backend = backend;
    this.#batches = makeBatches(workload);
  }

  async start(): Promise<number> {
    if (!(await tf.setBackend(this.#backend))) throw new Error(`tfjs has no backend ${this.#backend} here`);
    await tf.ready();
    const { input, steps, batchSize, classes } = this.#workload;
    for (const { inputs, targets } of this.#batches) {
      this.#targets.push(tf.tidy(() => tf.oneHot(tf.tensor1d(targets, "int32"), classes)));
      if (input.kind === "rows") this.#inputs.push(tf.tensor(inputs, [batchSize, steps, input.size]));
      else if (this.#backend === "webgpu") this.#inputs.push(tf.tensor(inputs, [batchSize, steps], "int32"));
      else this.#inputs.push(tf.tidy(() => tf.oneHot(tf.tensor2d(inputs, [batchSize, steps], "int32"), classes).cast("float32")));
    }
    this.#model = createModel(this.#workload, this.#backend);
    this.#optimizer = tf.train.adam(LEARNING_RATE);
    await this.train(1);
    return this.finish();
  }

  async train(steps: number): Promise<void> {
    for (let i = 0; i < steps; i++) this.#trainOnce();
  }

  #trainOnce(): void {
    const model = this.#model;
    const x = this.#inputs[this.#step % this.#inputs.length];
    const y = this.#targets[this.#step % this.#targets.length];
    if (model === undefined || x === undefined || y === undefined) throw new Error("the model has not been built");
    this.#step += 1;
    const { classes } = this.#workload;
    const loss = this.#optimizer?.minimize(() => {
      const logits = model.apply(x, { training: true });
      if (!(logits instanceof tf.Tensor)) throw new TypeError("the model has one output");
      return tf.losses.softmaxCrossEntropy(y, logits.reshape([-1, classes])).asScalar();
    }, true);
    this.#loss?.dispose();
    this.#loss = loss ?? undefined;
  }

  async finish(): Promise<number> {
    const [loss] = (await this.#loss?.data()) ?? [];
    return loss ?? Number.NaN;
  }

  get facts(): ContestantFacts {
    const { version_core: version } = tf;
    return { device: `tfjs ${version}, ${tf.getBackend()}`, flops: null };
  }
}

export const createOnWebGpu: CreateContestant = async (workload, where) => {
  where.gpu();
  // It registers itself, if WebGPU is there by then.
  await import("@tensorflow/tfjs-backend-webgpu");
  return new Tfjs(workload, "webgpu");
};

export const createOnWasm: CreateContestant = async (workload, { tfjsWasm, threads }) => {
  const wasm = await import("@tensorflow/tfjs-backend-wasm");
  wasm.setWasmPaths(tfjsWasm);
  wasm.setThreadsCount(threads);
  return new Tfjs(workload, "wasm");
};
