import { configProblems, type RunConfig } from "../config";
import { applyOverrides, configLeaves, withField } from "../configPath";
import { experiments } from "../experiments/list";
import { presets } from "../presets";
import { changeableSettings } from "../train/trainerState";
import { COMPARED, MAX_THREADS, parseOverride, RACE_STEPS } from "./options";

/** What a field takes, in the words with which a wrong value is refused: "a whole number from 1 to 4096". */
function range(config: RunConfig, path: string): string {
  const problem = configProblems(withField(config, path, Number.NaN)).find((each) => each.path === path);
  return (problem?.message ?? "").replace(/; it is NaN$/, "").replace(/^must be /, "");
}

/** Every field of every kind of task, optimizer, clipping and truncation, with its value in the first preset that has it. */
function fieldLines(): string[] {
  const kinds = ["bptt.kind=fixed", "bptt.kind=random", "optimizer.kind=sgd", "clip.kind=value"].map(parseOverride);
  const configs = presets.flatMap(({ config }) => [config, ...kinds.map((each) => applyOverrides(config, [each]))]);
  const fields = new Map<string, readonly [value: string, takes: string]>();
  for (const config of configs) {
    for (const [path, value] of configLeaves(config)) {
      if (!fields.has(path)) fields.set(path, [JSON.stringify(value), range(config, path)]);
    }
  }
  const width = Math.max(...[...fields.keys()].map((path) => path.length));
  const valueWidth = Math.max(...[...fields.values()].map(([value]) => value.length));
  return [...fields]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, [value, takes]]) => `  ${path.padEnd(width)}  ${value.padEnd(valueWidth)}  ${takes}`.trimEnd());
}

/** The text of --help: options, presets and fields. */
export function helpText(): string {
  const width = Math.max(...presets.map((preset) => preset.name.length));
  return [
    "Trains a recurrent network without a browser.",
    "",
    "  npm run headless -- [CONFIG.json | --preset NAME | --experiment NAME | --resume FILE] [options]",
    "",
    "  --preset NAME       one of the presets below (digits-rnn if nothing is given)",
    "  --experiment NAME   all runs of one of the guided experiments below; the exit code is 1 if they do not bear out its claim",
    "  --set FIELD=VALUE   overrides one field; may be repeated",
    "  --steps N           trains until optimizer step N instead of all epochs; a resumed run counts from its first step",
    "  --save FILE         writes a checkpoint at the end and at Ctrl-C: a safetensors file with PyTorch's names",
    "  --save-every N      writes it every N steps as well",
    `  --resume FILE       goes on from a checkpoint, with its settings; --set may change ${changeableSettings.join(", ")}`,
    "  --weights FILE      starts from a PyTorch state dict in safetensors instead of drawn weights",
    "  --executor KIND     webgpu (Dawn; the default) or cpu (WebAssembly)",
    `  --threads N         threads of the CPU executor, 1 to ${MAX_THREADS}; as many as suit the machine if not given. The numbers are the same`,
    "  --kernels CHOICE    fixed (the default: the same forms of the kernels in every run) or measured (the fastest on this adapter)",
    "  --adapter NAME      WebGPU's driver: auto, system, or swiftshader (software, comes with Chromium)",
    "  --text FILE         trains on a text file of your own (UTF-8)",
    "  --data FOLDER       where the data sets are (public/data)",
    "  --json              prints one JSON object per report: step, epoch, trainLoss, valLoss, valAccuracy, gradNorm, stepsPerSecond",
    "  --every-step        with --json, one object per training step too: step, loss, accuracy, gradNorm, gradLargest (largest |g|)",
    "                      With precision=f16 both kinds have lossScale, skippedSteps (so far) and underflow (the fraction of gate",
    "                      gradients, loss scale included, smaller than 2^-14, zeros included: f16 holds these with fewer digits or not",
    "                      at all); gradNorm and gradLargest are null in a step that was skipped",
    "  --probes N          looks into the first step and every N-th, and prints a line for each; with --json an object with the key probe:",
    "                      norms of the gradient by layer and time step (dHidden, dCell), the horizon by distance from the loss with its",
    "                      half-life (every fifth time), saturated gates, spectral radii, and norms by parameter",
    "  --compare-truncation  at the end compares truncated gradients, with fixed windows and random cuts, with the full gradient of the",
    "                      same batches: cosine, ratio of norms, bias. With --json one object, truncation. --steps 0 trains nothing before",
    "  --windows K,K,...   the windows compared, in time steps (powers of two up to the length of the sequence)",
    `  --batches N         batches compared (${COMPARED.batches}), and --draws N the random truncations of each (${COMPARED.draws})`,
    "  --race              trains RNN, LSTM and GRU in turns on the same batches and prints how they compare at equal steps and at equal time,",
    `                      for ${RACE_STEPS} steps each, or --steps N, or --minutes N of training in all; --cells A,B,... names other cells`,
    "  --help              prints this",
    "",
    "Presets:",
    ...presets.map(({ name, about }) => `  ${name.padEnd(width)}  ${about}`),
    "",
    "Experiments:",
    ...experiments.map(({ name, about }) => `  ${name.padEnd(width)}  ${about}`),
    "",
    "Fields, an example of each one's value, and what it takes. A new kind brings the fields of that kind:",
    ...fieldLines(),
    "",
    "Exit code 0: trained. 1: training failed, a file could not be read or written, or an experiment did not bear out its claim. 2: the command line or the configuration is wrong.",
    "130: interrupted.",
  ].join("\n");
}
