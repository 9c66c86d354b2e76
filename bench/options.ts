import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { Problem } from "../scripts/lib/processes.mjs";
import { sweepAxes, workloadNames } from "./workloads";

export const commands = ["run", "ladder", "overhead", "memory", "plot", "check"] as const;
export type Command = (typeof commands)[number];

/** system, swiftshader: Dawn in Node with that Vulkan driver. cpu: WebAssembly in Node. browser: headless Chromium. */
export const places = ["system", "swiftshader", "cpu", "browser"] as const;
export type Place = (typeof places)[number];

export const peerNames = ["tfjs-webgpu", "jax-js-webgpu", "tfjs-wasm", "jax-js-wasm", "torch-cpu", "torch-cuda", "unroll-cpu"] as const;
export type PeerName = (typeof peerNames)[number];

export interface BenchOptions {
  readonly command: Command;
  readonly on: Place;
  /** Names of workloads; empty: all the named ones. */
  readonly only: readonly string[];
  /** Empty: none; null: all that this place has. */
  readonly peers: readonly PeerName[] | null;
  readonly steps: number | null;
  /** Of the measured part of each contestant's turn. */
  readonly seconds: number;
  /** After so many seconds a contestant is given up. */
  readonly limit: number;
  /** Threads of the CPU contestants, one run each. */
  readonly threads: readonly number[];
  readonly python: string;
  readonly json: string | null;
  /** JSON files with sweeps, for `plot`. */
  readonly files: readonly string[];
}

const USAGE = 2;
const MOST_THREADS = 64;
const usageError = (message: string): Problem => new Problem(`${message}\nSee npm run bench -- --help.`, USAGE);

/** Reads the command line; null if it asks for help. @throws Problem, with the exit code of a wrong command line. */
export function parseBenchOptions(argv: readonly string[]): BenchOptions | null {
  const { values, positionals } = read(argv);
  if (values.help === true) return null;
  const [first, ...files] = positionals;
  const command = first === undefined ? "run" : commands.find((name) => name === first);
  if (command === undefined) throw usageError(`There is no command "${first}"; there are ${commands.join(", ")}.`);
  if (command !== "plot" && files.length > 0) throw usageError(`${command} takes no further word; it got "${files[0]}".`);
  if (command === "plot" && files.length === 0) throw usageError("plot takes files that --json wrote; it got none.");
  const on = places.find((name) => name === (values.on ?? "system"));
  if (on === undefined) throw usageError(`--on is one of ${places.join(", ")}, not "${values.on}".`);
  if (on === "browser" && command !== "run")
    throw usageError("--on browser is for comparing with the peers; the other commands run in Node.");
  const peers = values.peers === undefined ? null : values.peers === "none" ? [] : list("--peers", values.peers, peerNames);
  return {
    command,
    on,
    only: values.only === undefined ? [] : list("--only", values.only, workloadNames),
    peers,
    steps: values.steps === undefined ? null : whole("--steps", values.steps, 1_000_000),
    seconds: values.seconds === undefined ? 6 : whole("--seconds", values.seconds, 3_600),
    limit: values.limit === undefined ? 300 : whole("--limit", values.limit, 86_400),
    threads:
      values.threads === undefined
        ? [on === "cpu" ? 1 : availableParallelism()]
        : values.threads.split(",").map((text) => whole("--threads", text, MOST_THREADS)),
    python: values.python ?? "python3",
    json: values.json ?? null,
    files,
  };
}

function read(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        on: { type: "string" },
        only: { type: "string" },
        peers: { type: "string" },
        steps: { type: "string" },
        seconds: { type: "string" },
        limit: { type: "string" },
        threads: { type: "string" },
        python: { type: "string" },
        json: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw usageError(error instanceof Error ? error.message : String(error));
  }
}

/** A list of names from those allowed. */
function list<N extends string>(option: string, text: string, allowed: readonly N[]): N[] {
  return text.split(",").map((part) => {
    const name = allowed.find((each) => each === part.trim());
    if (name === undefined) throw usageError(`${option} takes names from ${allowed.join(", ")}; it got "${part}".`);
    return name;
  });
}

function whole(option: string, text: string, most: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > most)
    throw usageError(`${option} takes whole numbers from 1 to ${most}; it got "${text}".`);
  return value;
}

export const helpText = `Measures Unroll and its peers on one device: the same models on the same shapes, each in a process of its own, one at a time.

  npm run bench -- [COMMAND] [options]

Commands:
  run        (the default) every workload on Unroll and its peers, as a table
  ladder     the kernels from naive to chosen: products, and the recurrence
  overhead   throughput with the metrics as the page takes them, and with its probes, against none at all
  memory     GPU bytes and heap over 2,000 steps and 50 resets
  check      runs every kernel and the gradients of small networks on this device against double precision
  plot FILES puts the figures in files that --json wrote into docs/: tables into performance.md, sweeps as a plot

Options:
  --on PLACE       system (Dawn on the machine's Vulkan adapter; the default), swiftshader, cpu (WebAssembly), or browser (Chromium)
  --only NAMES     workloads, separated by commas: ${workloadNames.filter((name) => !name.startsWith("sweep-")).join(", ")},
                   or one point of a sweep: ${Object.entries(sweepAxes)
                     .map(([axis, { values }]) => `sweep-${axis.toLowerCase()}-${values[0]}..${values.at(-1)}`)
                     .join(", ")}
  --peers NAMES    ${peerNames.join(", ")}; none leaves them all out
  --steps N        measures about N steps of each, however long they take
  --seconds S      else about as many as fit into S seconds (6), and three at least
  --limit S        gives a contestant up after S seconds (300)
  --threads N,M    threads of the contestants on the CPU that can choose; several make a run each (with --on cpu 1, else all cores)
  --python PATH    the Python that has PyTorch (python3)
  --json FILE      writes all figures to a file as well
  --help           prints this

Exit code 0: all was measured, or told why not. 1: Unroll itself failed, or a file could not be written. 2: the command line is wrong.
130: interrupted.`;
