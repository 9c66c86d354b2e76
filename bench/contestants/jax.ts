import { blockUntilReady, defaultDevice, init, type Array as JaxArray, jit, lax, nn, numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import { createRandom, makeBatches } from "../data";
import { inputWidth, LEARNING_RATE, type Workload } from "../workloads";
import type { Contestant, ContestantFacts, CreateContestant } from "./contestant";

/** Parameters by name; names ending in a layer's number. */
type Params = Record<string, JaxArray>;
interface State {
  readonly params: Params;
  readonly m: Params;
  readonly v: Params;
  /** beta1^t and beta2^t, for the bias corrections. */
  readonly powers: JaxArray;
}
const gatesOf = { rnn: 1, lstm: 4, gru: 3 } as const;
const [BETA1, BETA2, EPS] = [0.9, 0.999, 1e-8];

function createParams(workload: Workload): Params {
  const { cell, hiddenSize, numLayers, classes, input } = workload;
  const random = createRandom(2);
  const uniform = (shape: readonly number[], bound: number): JaxArray => {
    const length = shape.reduce((a, b) => a * b, 1);
    return np.array(Float32Array.from({ length }, () => (random(65_536) / 32_768 - 1) * bound)).reshape([...shape]);
  };
  const bound = 1 / Math.sqrt(hiddenSize);
  const width = gatesOf[cell] * hiddenSize;
  const params: Params = { wy: uniform([hiddenSize, classes], bound), by: np.zeros([classes]) };
  if (input.kind === "tokens") params.embed = uniform([classes, input.embeddingSize], 1);
  for (let layer = 0; layer < numLayers; layer++) {
    params[`wx${layer}`] = uniform([layer === 0 ? inputWidth(workload) : hiddenSize, width], bound);
    params[`wh${layer}`] = uniform([hiddenSize, width], bound);
    params[`b${layer}`] = np.zeros([width]);
    if (cell === "gru") params[`bn${layer}`] = np.zeros([hiddenSize]);
  }
  return params;
}

/** jax-js owns arrays by counted references: a name used again is taken as `.ref`. */
const use = (params: Params, name: string): JaxArray => {
  const array = params[name];
  if (array === undefined) throw new Error(`no parameter ${name}`);
  return array.ref;
};

/** The state of a layer: h, and the LSTM's c. */
type Carry = readonly JaxArray[];

/** One step of one layer. @param z the step's input times wx. */
function cellStep({ cell, hiddenSize: H }: Workload, params: Params, layer: number, z: JaxArray, [h, c]: Carry): Carry {
  if (h === undefined) throw new Error("a layer has a state");
  const column = (array: JaxArray, gate: number, isLast: boolean): JaxArray =>
    (isLast ? array : array.ref).slice([], [gate * H, (gate + 1) * H]);
  if (cell === "gru") {
    const x = z.add(use(params, `b${layer}`));
    const r = np.dot(h.ref, use(params, `wh${layer}`));
    const reset = nn.sigmoid(column(x, 0, false).add(column(r, 0, false)));
    const update = nn.sigmoid(column(x, 1, false).add(column(r, 1, false)));
    const candidate = np.tanh(column(x, 2, true).add(reset.mul(column(r, 2, true).add(use(params, `bn${layer}`)))));
    return [candidate.ref.add(update.mul(h.sub(candidate)))];
  }
  const sum = z.add(np.dot(h, use(params, `wh${layer}`))).add(use(params, `b${layer}`));
  if (cell === "rnn") return [np.tanh(sum)];
  if (c === undefined) throw new Error("an LSTM has a cell state");
  const [i, f] = [nn.sigmoid(column(sum, 0, false)), nn.sigmoid(column(sum, 1, false))];
  const [g, o] = [np.tanh(column(sum, 2, false)), nn.sigmoid(column(sum, 3, true))];
  const next = f.mul(c).add(i.mul(g));
  return [o.mul(np.tanh(next.ref)), next];
}

/** The loss as in jax-js's own char-rnn demo: the time loop unrolled while it is traced, as there is no `lax.scan`. */
function createLoss(workload: Workload): (params: Params, x: JaxArray, y: JaxArray) => JaxArray {
  const { cell, hiddenSize, numLayers, steps, batchSize, classes, input } = workload;
  const lossOf = (params: Params, h: JaxArray, y: JaxArray): JaxArray => {
    const logits = np.dot(h, use(params, "wy")).add(use(params, "by"));
    return nn
      .logSoftmax(logits)
      .mul(lax.stopGradient(nn.oneHot(y, classes)))
      .sum()
      .neg();
  };
  return (params, x, y) => {
    const zeros = (): JaxArray => np.zeros([batchSize, hiddenSize]);
    const carries: Carry[] = Array.from({ length: numLayers }, () => (cell === "lstm" ? [zeros(), zeros()] : [zeros()]));
    let total: JaxArray | undefined;
    for (let t = 0; t < steps; t++) {
      const row = x.ref.slice([], t);
      let below = input.kind === "rows" ? row : np.dot(lax.stopGradient(nn.oneHot(row, classes)), use(params, "embed"));
      for (const [layer, carry] of carries.entries()) {
        const next = cellStep(workload, params, layer, np.dot(below, use(params, `wx${layer}`)), carry);
        const [h] = next;
        if (h === undefined) throw new Error("a layer has a state");
        carries[layer] = next;
        below = h.ref;
      }
      if (input.kind === "rows" && t < steps - 1) {
        below.dispose();
        continue;
      }
      const loss = lossOf(params, below, input.kind === "rows" ? y.ref : y.ref.slice([], t));
      total = total === undefined ? loss : total.add(loss);
    }
    tree.dispose([carries, params, x, y]);
    if (total === undefined) throw new Error("a sequence has steps");
    return total.div(batchSize * (input.kind === "rows" ? 1 : steps));
  };
}

/** One training step in one jitted function, Adam written out as in its library `@jax-js/optax`, which is not on npm. */
function createStep(workload: Workload): (state: State, x: JaxArray, y: JaxArray) => readonly [JaxArray, State] {
  const gradient = valueAndGrad(createLoss(workload));
  return jit((state: State, x: JaxArray, y: JaxArray): readonly [JaxArray, State] => {
    const [loss, grads] = gradient(tree.ref(state.params), x, y);
    const powers = state.powers.mul(np.array([BETA1, BETA2]));
    const correction = (i: number): JaxArray => np.array(1).sub(powers.ref.slice(i));
    const [c1, c2] = [correction(0), correction(1)];
    const next: { params: Params; m: Params; v: Params } = { params: {}, m: {}, v: {} };
    for (const [name, p] of Object.entries(state.params)) {
      const g = use(grads, name);
      const m = use(state.m, name)
        .mul(BETA1)
        .add(g.ref.mul(1 - BETA1));
      const v = use(state.v, name)
        .mul(BETA2)
        .add(g.ref.mul(g).mul(1 - BETA2));
      const update = m.ref.div(c1.ref).div(np.sqrt(v.ref.div(c2.ref)).add(EPS));
      next.params[name] = p.ref.sub(update.mul(LEARNING_RATE));
      next.m[name] = m;
      next.v[name] = v;
    }
    tree.dispose([c1, c2, grads, state.params, state.m, state.v]);
    return [loss, { ...next, powers }];
  });
}

class Jax implements Contestant {
  readonly #workload: Workload;
  readonly #device: "webgpu" | "wasm";
  readonly #batches: ReturnType<typeof makeBatches>;
  #inputs: JaxArray[] = [];
  #targets: JaxArray[] = [];
  #train: ReturnType<typeof createStep> | undefined;
  #state: State | undefined;
  #loss: JaxArray | undefined;
  #step = 0;

  constructor(workload: Workload, device: "webgpu" | "wasm") {
    this.#workload = workload;
    this.#device = device;
    this.#batches = makeBatches(workload);
  }

  async start(): Promise<number> {
    const devices = await init(this.#device);
    if (!devices.includes(this.#device)) throw new Error(`jax-js has no device ${this.#device} here`);
    defaultDevice(this.#device);
    const { input, steps, batchSize } = this.#workload;
    for (const { inputs, targets } of this.#batches) {
      const integers = (array: Int32Array<ArrayBuffer>): JaxArray => np.array(array, { dtype: np.int32 });
      this.#inputs.push(
        inputs instanceof Int32Array ? integers(inputs).reshape([batchSize, steps]) : np.array(inputs).reshape([batchSize, steps, -1]),
      );
      this.#targets.push(input.kind === "rows" ? integers(targets) : integers(targets).reshape([batchSize, steps]));
    }
    const params = createParams(this.#workload);
    const zeros = (): Params => Object.fromEntries(Object.entries(params).map(([name, { shape }]) => [name, np.zeros(shape)]));
    this.#state = { params, m: zeros(), v: zeros(), powers: np.ones([2]) };
    this.#train = createStep(this.#workload);
    await this.train(1);
    return this.finish();
  }

  async train(steps: number): Promise<void> {
    for (let i = 0; i < steps; i++) {
      const x = this.#inputs[this.#step % this.#inputs.length];
      const y = this.#targets[this.#step % this.#targets.length];
      if (this.#train === undefined || this.#state === undefined || x === undefined || y === undefined)
        throw new Error("the model has not been built");
      this.#step += 1;
      const [loss, state] = this.#train(this.#state, x.ref, y.ref);
      this.#loss?.dispose();
      this.#loss = loss;
      this.#state = state;
      // Its documentation: "It's recommended to call this regularly in an iterative computation to avoid queueing up".
      await blockUntilReady(state.params);
    }
  }

  async finish(): Promise<number> {
    const loss = await this.#loss?.ref.data();
    return loss?.[0] ?? Number.NaN;
  }

  get facts(): ContestantFacts {
    return { device: `jax-js, ${defaultDevice()}`, flops: null };
  }
}

export const createOnWebGpu: CreateContestant = async (workload, where) => {
  where.gpu();
  return new Jax(workload, "webgpu");
};

export const createOnWasm: CreateContestant = async (workload) => new Jax(workload, "wasm");
