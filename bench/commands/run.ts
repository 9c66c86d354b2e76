import { Problem } from "../../scripts/lib/processes.mjs";
import { type Runner, runTorch } from "../children";
import type { ContestantName } from "../contestants/contestant";
import { readMeasurement } from "../contestants/torch";
import type { GemmResult } from "../gemm";
import { executorOn, messageOf, openRunner, writeJson } from "../host";
import type { BenchOptions, PeerName } from "../options";
import type { Product } from "../products";
import { type BenchResult, hasFailed, type Outcome, ourFigures, peerFigures, type WorkloadResult } from "../results";
import { alignColumns, showNumber, workloadTable } from "../table";
import { verdictCells, verdictsOf } from "../targets";
import { chosenWorkloads, type Workload } from "../workloads";

const torchDevices = { "torch-cpu": "cpu", "torch-cuda": "cuda" } as const;
const isTorch = (name: PeerName): name is keyof typeof torchDevices => name in torchDevices;

/** The peers that a place has, in the order of the table. */
export function peersOf({ on, peers }: Pick<BenchOptions, "on" | "peers">): readonly PeerName[] {
  const wasm = ["tfjs-wasm", "jax-js-wasm"] as const;
  const gpu = ["tfjs-webgpu", "jax-js-webgpu"] as const;
  const torch = ["torch-cpu", "torch-cuda"] as const;
  const there: readonly PeerName[] =
    on === "cpu" ? [...wasm, "torch-cpu"] : on === "browser" ? [...gpu, ...wasm, "unroll-cpu"] : [...gpu, ...wasm, ...torch, "unroll-cpu"];
  if (peers === null) return there.filter((name) => name !== "unroll-cpu");
  const missing = peers.find((name) => !there.includes(name));
  if (missing !== undefined) throw new Problem(`--on ${on} has no peer ${missing}; it has ${there.join(", ")}.`, 2);
  return there.filter((name) => peers.includes(name));
}

/** Which of PyTorch's devices are there; asked once, as starting Python takes seconds. */
async function withoutMissingTorch(peers: readonly PeerName[], options: BenchOptions, signal: AbortSignal): Promise<readonly PeerName[]> {
  const present: PeerName[] = [];
  for (const name of peers) {
    try {
      if (isTorch(name)) await runTorch(options.python, torchDevices[name], null, options.limit * 1000, signal);
      present.push(name);
    } catch (error) {
      signal.throwIfAborted();
      console.error(`${name} is left out: ${messageOf(error)}`);
    }
  }
  return present;
}

interface Turn {
  readonly workload: Workload;
  readonly threads: number;
  readonly name: ContestantName | PeerName;
  readonly beside?: readonly Product[];
}

/** One contestant's turn: its figures, or why there are none. */
async function take(turn: Turn, options: BenchOptions, runner: Runner, signal: AbortSignal): Promise<Outcome> {
  const { workload, threads, name, beside = [] } = turn;
  const job = { workload, threads, options: { steps: options.steps, budgetMs: options.seconds * 1000 } };
  const begun = performance.now();
  console.error(`  ${workload.name}, ${name} ...`);
  try {
    const limitMs = options.limit * 1000;
    const measured =
      name === "torch-cpu" || name === "torch-cuda"
        ? readMeasurement(await runTorch(options.python, torchDevices[name], job, limitMs, signal))
        : await runner.run({ kind: "train", contestant: name, ...job, beside }, limitMs);
    const seconds = Math.round((performance.now() - begun) / 1000);
    console.error(`  ${workload.name}, ${name}: ${showNumber(measured.msPerStep.median)} ms per step (took ${seconds} s)`);
    return { measured };
  } catch (error) {
    signal.throwIfAborted();
    console.error(`  ${workload.name}, ${name}: ${messageOf(error)}`);
    return { failure: messageOf(error) };
  }
}

/** The plain products take so long at most; a slow adapter's is no reason to give up the rest. */
const GEMM_LIMIT_MS = 600_000;
/** So many of the fastest products are timed again beside each workload: which of them is the best, one short time does not tell. */
const BESIDE = 3;

async function gemmOf(options: BenchOptions, threads: number, runner: Runner, signal: AbortSignal): Promise<GemmResult | null> {
  console.error("  plain products ...");
  try {
    return await runner.run({ kind: "gemm", on: executorOn(options.on), threads }, GEMM_LIMIT_MS);
  } catch (error) {
    signal.throwIfAborted();
    console.error(`  plain products: ${messageOf(error)}`);
    return null;
  }
}

/** Every workload on Unroll and its peers: a table while it goes, and a JSON file at the end. */
export async function runPeers(options: BenchOptions, signal: AbortSignal): Promise<number> {
  const wanted = peersOf(options);
  const runner = await openRunner(options, signal);
  try {
    const peers = await withoutMissingTorch(wanted, options, signal);
    const workloads: WorkloadResult[] = [];
    const plainGemm: BenchResult["plainGemm"][number][] = [];
    let adapter = "";
    for (const threads of options.threads) {
      const gemm = await gemmOf(options, threads, runner, signal);
      if (gemm !== null) {
        const { device, fastest } = gemm;
        const [best] = fastest;
        if (best === undefined) throw new Error("no plain product was measured");
        adapter = device;
        const product = `${best.kernel} ${best.m}x${best.n}x${best.k}, form ${best.form}`;
        plainGemm.push({ threads, gflops: best.gflops, product });
        console.log(`\n${device}; best plain product: ${showNumber(best.gflops)} GFLOP/s (${product})`);
      }
      for (const workload of chosenWorkloads(options.only, gemm?.isSoftware ?? true)) {
        const turn = { workload, threads };
        const beside = gemm?.fastest.slice(0, BESIDE) ?? [];
        const ours = ourFigures(await take({ ...turn, name: `unroll-${executorOn(options.on)}`, beside }, options, runner, signal));
        const figures: Partial<Record<PeerName, ReturnType<typeof peerFigures>>> = {};
        for (const name of peers) figures[name] = peerFigures(await take({ ...turn, name }, options, runner, signal), ours);
        const result: WorkloadResult = { name: workload.name, about: workload.about, workload, threads, ours, peers: figures };
        workloads.push(result);
        console.log(`\n${workloadTable(result, options.on === "cpu")}`);
        writeJson(options.json, { command: "run", on: options.on, adapter, plainGemm, workloads });
      }
    }
    const verdicts = verdictsOf({ on: options.on, workloads }).map(verdictCells);
    if (verdicts.length > 0) console.log(`\n${alignColumns([["targets", "", "wanted", "reached", ""], ...verdicts]).join("\n")}`);
    return workloads.some(({ ours }) => hasFailed(ours)) ? 1 : 0;
  } finally {
    await runner.close();
  }
}
