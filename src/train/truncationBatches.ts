import type { Dataset } from "../data/dataset";
import { epochOrder } from "../data/order";
import type { Executor } from "../plan/executor";
import { firstOf } from "../plan/tensor";
import { counterIndex } from "../shaders/gradient_norm";
import { carriedName, type TrainerState } from "./trainerState";
import type { TruncationPlans } from "./truncationPlans";

/** Puts the weights of a saved state on a comparison's device, and the batches that training would take next from there. */
export class TruncationBatches {
  readonly #plans: TruncationPlans;
  readonly #executor: Executor;
  readonly #seed: number;
  #epoch: number;
  #cursor: number;

  /** The executor must have loaded the plans' program. */
  constructor(plans: TruncationPlans, executor: Executor, dataset: Dataset, { config, epoch, batch, arrays }: TrainerState) {
    this.#plans = plans;
    this.#executor = executor;
    this.#seed = config.seed;
    this.#epoch = epoch;
    this.#cursor = batch;
    plans.feed.train.upload(executor, dataset);
    const given = new Map(arrays.map(({ name, data }) => [name, data]));
    const copy = (tensor: Parameters<Executor["write"]>[0], name: string): void => {
      const data = given.get(name);
      if (data === undefined) throw new RangeError(`the state has no ${name}`);
      executor.write(tensor, data);
    };
    for (const tensor of plans.parameters.values.tensors) copy(tensor, tensor.name);
    // At the start of an epoch the streams start over, from zeros.
    if (batch > 0) {
      for (const [layer, { states }] of plans.graph.layers.entries()) {
        for (const [i, tensor] of states.entries()) copy(firstOf(tensor), carriedName(layer, i));
      }
    }
    this.#start();
  }

  /** To be called before each batch: goes on to the next epoch where the one before is over. */
  begin(): void {
    if (this.#cursor === this.#plans.feed.train.batches) {
      this.#epoch++;
      this.#cursor = 0;
      for (const tensor of this.#plans.graph.states) this.#executor.clear(tensor);
      this.#start();
    }
    this.#cursor++;
  }

  #start(): void {
    const { counters, feed } = this.#plans;
    const { order, items } = feed.train;
    if (order !== null) this.#executor.write(order, epochOrder(items, this.#seed, this.#epoch));
    this.#executor.write(counters, Uint32Array.of(this.#cursor), counterIndex.cursor);
  }
}
