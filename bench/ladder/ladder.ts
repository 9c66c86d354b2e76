import { type CpuExecutorOptions, createCpuExecutor } from "../../src/cpu/cpuExecutor";
import { supports } from "../../src/cpu/wasm/load";
import { createWebGpuExecutor } from "../../src/gpu/webgpuExecutor";
import { planFlops } from "../../src/model/cost";
import { createParameters } from "../../src/model/parameters";
import { type RecurrentForm, RecurrentLayer } from "../../src/model/recurrentLayer";
import { type DeviceFacts, type Executor, ExecutorError } from "../../src/plan/executor";
import { fixedForms } from "../../src/plan/forms";
import type { Plan } from "../../src/plan/plan";
import { Program } from "../../src/plan/program";
import { usableForms } from "../../src/shaders/kernel";
import { matmulNn } from "../../src/shaders/matmul";
import { openTrainer } from "../../src/train/open";
import { openGpu } from "../../src/worker/devices";
import type { Where } from "../contestants/contestant";
import { configOf, datasetOf } from "../contestants/unroll";
import { createRandom } from "../data";
import { shortestReplayMs } from "../products";
import { chosenWorkloads, type Workload } from "../workloads";
import { productNaive, productShared } from "./kernels";
import { recordOpByOp } from "./opByOp";

/** One rung: a way to compute the same thing, and how fast. */
export interface Rung {
  readonly name: string;
  readonly ms: number;
  readonly gflops: number;
  readonly dispatches: number;
}

export interface LadderResult {
  readonly device: string;
  readonly ladders: readonly Ladder[];
}

interface Ladder {
  readonly title: string;
  readonly rungs: readonly Rung[];
  /** Rungs that this device does not run, and why. */
  readonly failures: readonly string[];
}

type Open = () => Promise<Executor>;

/** Runs a plan on numbers that a network might have, and times it. @param flops of the rung, so that all of a ladder count alike. */
async function timeRung(open: Open, name: string, program: Program, plan: Plan, flops: number): Promise<Rung | string> {
  const executor = await open();
  try {
    await executor.load(program);
    const random = createRandom(1);
    for (const tensor of new Set(plan.calls.flatMap(({ tensors }) => tensors))) {
      const { size, type } = tensor;
      if (type === "f32")
        executor.write(
          tensor,
          Float32Array.from({ length: size }, () => (random(2_000) / 1_000 - 1) / 8),
        );
    }
    const ms = await shortestReplayMs(executor, plan, 150);
    return { name, ms, gflops: flops / ms / 1e6, dispatches: plan.calls.length };
  } catch (error) {
    if (!(error instanceof ExecutorError) || error.code === "device-lost") throw error;
    return `${name}: ${error.message}`;
  } finally {
    executor.destroy();
  }
}

/** A ladder of the rungs that ran, with what is told of the others. */
const ladderOf = (title: string, tried: readonly (Rung | string)[]): Ladder => ({
  title,
  rungs: tried.filter((each) => typeof each !== "string"),
  failures: tried.filter((each) => typeof each === "string"),
});

const productSizes = [
  { m: 1792, n: 128, k: 128 },
  { m: 1024, n: 1024, k: 1024 },
];

/** A product from one invocation a number to every form that Unroll has. */
async function productLadder(open: Open, facts: DeviceFacts, { m, n, k }: (typeof productSizes)[number]): Promise<Ladder> {
  const flops = 2 * m * n * k;
  const rungs: (Rung | string)[] = [];
  const recorded = (
    form: string | undefined,
    record: (plan: Plan, tensors: Record<"a" | "b" | "c", ReturnType<Program["tensor"]>>) => void,
  ) => {
    const program = new Program(() => form);
    const plan = program.plan("product");
    record(plan, { a: program.tensor("a", [m, k]), b: program.tensor("b", [k, n]), c: program.tensor("c", [m, n]) });
    return [program, plan, flops] as const;
  };
  const simple = [
    ["one invocation for each number", productNaive],
    ["tiles of 16 x 16 in workgroup memory", productShared],
  ] as const;
  for (const [name, kernel] of simple)
    rungs.push(await timeRung(open, name, ...recorded(undefined, (plan, tensors) => plan.call(kernel, tensors, { m, n, k }))));
  const scalars = { m, n, k, lda: k, ldb: n, ldc: n, a_offset: 0, b_offset: 0, c_offset: 0, has_bias: 0, accumulate: 0 };
  const chosen = fixedForms(facts)(matmulNn, scalars, { real: "f32", result: "f32" });
  for (const form of usableForms(matmulNn, scalars, facts.features)) {
    const rung = recorded(form, (plan, tensors) => plan.call(matmulNn, { ...tensors, bias: plan.unused }, scalars));
    rungs.push(await timeRung(open, `matmul_nn, form ${form ?? "own"}${form === chosen ? " (the fixed choice here)" : ""}`, ...rung));
  }
  return ladderOf(`Product ${m} x ${n} x ${k}`, rungs);
}

type Cell = "rnn_tanh" | "lstm" | "gru";
interface LayerSizes {
  readonly cell: Cell;
  readonly steps: number;
  readonly batch: number;
  readonly inputSize: number;
  readonly hiddenSize: number;
}

const formNames: Readonly<Record<Exclude<RecurrentForm, "auto">, string>> = {
  step: "a product and a point-wise kernel for each time step; input and weight gradients as whole products",
  fused: "one fused dispatch for each time step",
  sequence: "one dispatch for all time steps",
};

function recordLayer(open: Executor, form: RecurrentForm, { cell, steps, batch, inputSize, hiddenSize }: LayerSizes) {
  const program = new Program(fixedForms(open.facts));
  const shape = { cell, inputSize, hiddenSize, numLayers: 1, vocabulary: null, outputs: 1 };
  const parameters = createParameters(program, shape, 0);
  const extent = { steps, batch, hiddenSize };
  const layer = new RecurrentLayer(program, parameters, { graph: "rung", layer: 0, cell, extent, inputSize, training: true, form });
  const plan = program.plan("layer");
  const input = { tensor: program.tensor("x", [steps, batch, inputSize]) };
  layer.forward(plan, input);
  layer.backward(plan, {
    input,
    dHidden: program.tensor("d hidden", [steps + 1, batch, hiddenSize]),
    fromAbove: 0,
    carryScale: program.tensor("carry scale", [steps]),
  });
  return { program, plan };
}

/** One recurrent layer, forward and backward with the gradients of its parameters. */
async function layerLadder(open: Open, sizes: LayerSizes, forms: readonly Exclude<RecurrentForm, "auto">[]): Promise<Ladder> {
  const { cell, steps, batch, inputSize, hiddenSize } = sizes;
  const probe = await open();
  const layers = forms.map((form) => ({ form, ...recordLayer(probe, form, sizes) }));
  const chooseForm = fixedForms(probe.facts);
  probe.destroy();
  const flops = Math.max(...layers.map(({ plan }) => planFlops(plan)));
  const rungs: (Rung | string)[] = [];
  if (cell === "rnn_tanh") {
    const program = new Program(chooseForm);
    const plan = program.plan("op by op");
    recordOpByOp(program, plan, sizes);
    rungs.push(await timeRung(open, "op by op: every time step by itself, every operation a dispatch", program, plan, flops));
  }
  for (const { form, program, plan } of layers) rungs.push(await timeRung(open, formNames[form], program, plan, flops));
  return ladderOf(`${cell}, one layer, forward and backward: T ${steps}, B ${batch}, I ${inputSize}, H ${hiddenSize}`, rungs);
}

const smallLayer = { steps: 28, batch: 64, inputSize: 128, hiddenSize: 128 };
const largeLayer = { cell: "lstm", steps: 4, batch: 64, inputSize: 512, hiddenSize: 1024 } as const;

async function climbGpu(where: Where): Promise<LadderResult> {
  const { device, facts } = await openGpu(where.gpu());
  const open: Open = async () => createWebGpuExecutor(device, facts);
  const ladders: Ladder[] = [];
  for (const size of productSizes) ladders.push(await productLadder(open, facts, size));
  for (const cell of ["rnn_tanh", "lstm", "gru"] as const)
    ladders.push(await layerLadder(open, { ...smallLayer, cell }, ["step", "fused", "sequence"]));
  ladders.push(await layerLadder(open, largeLayer, ["step", "fused"]));
  return { device: facts.name, ladders };
}

/** A whole training step on the CPU executor, from the kernels' twins to WebAssembly on several threads. */
async function engineLadder(
  workload: Workload,
  engines: readonly (readonly [name: string, options: CpuExecutorOptions])[],
): Promise<Ladder> {
  const rungs: Rung[] = [];
  for (const [name, options] of engines) {
    const executor = await createCpuExecutor(options);
    const trainer = await openTrainer(configOf(workload), datasetOf(workload), executor);
    const { plan } = trainer.run.train;
    const ms = await shortestReplayMs(executor, plan, 300);
    rungs.push({ name, ms, gflops: planFlops(plan) / ms / 1e6, dispatches: plan.calls.length });
    executor.destroy();
  }
  return ladderOf(`A training step of ${workload.name} (${workload.about})`, rungs);
}

async function climbCpu(threads: number): Promise<LadderResult> {
  const engines: (readonly [string, CpuExecutorOptions])[] = [
    ["JavaScript: the kernels' twins", { native: false, threads: 1 }],
    ["WebAssembly SIMD, one thread", { build: "plain", threads: 1 }],
  ];
  // Node 20 has it behind a flag only.
  if (supports("relaxed")) engines.push(["WebAssembly relaxed SIMD, one thread", { build: "relaxed", threads: 1 }]);
  if (threads > 1) engines.push([`the same on ${threads} threads`, { threads }]);
  const ladders: Ladder[] = [];
  for (const workload of chosenWorkloads(["digits-rnn", "digits-lstm", "digits-gru"], true))
    ladders.push(await engineLadder(workload, engines));
  return { device: "the CPU executor", ladders };
}

/** Every rung on this device, from naive to chosen. */
export const climb = (where: Where, on: "webgpu" | "cpu"): Promise<LadderResult> =>
  on === "cpu" ? climbCpu(where.threads) : climbGpu(where);
