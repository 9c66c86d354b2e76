import { type BinaryConceptId, binaryConcepts, type ConceptLabels, labelConcepts } from "../data/concepts";
import { laneLength } from "../data/text";
import { ExecutorError } from "../plan/executor";
import { quantitiesOf } from "./activations";
import type { ConceptRanking, RankedUnit, UnitRanking } from "./insideMessages";
import type { Trainer } from "./trainer";
import { UnitStatistics } from "./unitStatistics";

/** Characters of validation text that are read, if there are so many. */
const CHARACTERS = 16_384;
/** Steps after a fresh start that do not count: the network has not seen where it is. */
const WARM_UP = 16;
export const MIN_POSITIVES = 30;
export const MIN_SPANS = 5;
/** Units named for each concept. */
export const BEST = 8;
/** Bins of the histograms: fewer where so many units would take hundreds of MiB. */
const binsFor = (units: number): number => (units <= 8_192 ? 128 : 32);

export interface RankOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (fraction: number) => void;
  /** Tests only. */
  readonly characters?: number;
}

/** Where the characters that are read lie in the validation text, and which half of them each belongs to. */
interface Layout {
  readonly lanes: number;
  readonly laneLength: number;
  readonly windows: number;
  readonly steps: number;
  readonly perLane: number;
}

/**
 * Measures on validation text which units stand for which concept, with the weights as they are between two training steps. The text is
 * read as validation reads it, by the same plan. The first half of what is read chooses the best units of each concept, their sign and
 * threshold; all that is told of them is measured on the other half, so that picking the best of many units flatters none.
 */
export function rankUnits(trainer: Trainer, validation: readonly string[], options: RankOptions = {}): Promise<UnitRanking> {
  const { run, executor } = trainer;
  const { validate, shape, feed, config } = run;
  const { task } = config;
  if (task.kind !== "text") throw new TypeError("only a run on text can rank its units");
  const lanes = feed.validation.batch;
  const steps = task.sequenceLength;
  const lane = laneLength(validation.length, lanes);
  const windows = Math.min(feed.validation.batches, Math.ceil((options.characters ?? CHARACTERS) / (lanes * steps)));
  const layout: Layout = { lanes, laneLength: lane, windows, steps, perLane: Math.min(lane, windows * steps) };
  const labels = streamLabels(labelConcepts(validation), layout, task.carryState);
  const quantities = quantitiesOf(shape.cell).filter((name): name is "h" | "c" => name === "h" || name === "c");
  const units = shape.numLayers * quantities.length * shape.hiddenSize;
  const halves = [0, 1].map(() => new UnitStatistics(units, binsFor(units), 2 * binaryConcepts.length, 2));
  // What a half says of the concepts themselves.
  for (let q = 0; q < labels.bits.length; q++) {
    const half = halves[2 * q < labels.bits.length ? 0 : 1];
    if (labels.counts[q] === 1) half?.label(labels.bits[q] ?? 0, labels.numbers(q));
  }
  return trainer.lock.run(async () => {
    for (const tensor of [validate.counters, validate.sums, ...validate.graph.states]) executor.clear(tensor);
    for (let window = 0; window < windows; window++) {
      options.signal?.throwIfAborted();
      await executor.submit(validate.plan, 1, options.signal);
      for (const [index, layer] of validate.graph.layers.entries()) {
        for (const [place, name] of quantities.entries()) {
          const values = await executor.read(name === "h" ? layer.tensors.hidden : layer.tensors.cell);
          options.signal?.throwIfAborted();
          const first = (index * quantities.length + place) * shape.hiddenSize;
          addWindow({ halves, labels, layout, window, values, hiddenSize: shape.hiddenSize, first, isBounded: name === "h" });
        }
      }
      options.onProgress?.((window + 1) / windows);
    }
    const step = trainer.step;
    const concepts = summarise(halves, labels, (unit) => ({
      layer: Math.floor(unit / (quantities.length * shape.hiddenSize)),
      quantity: quantities[Math.floor(unit / shape.hiddenSize) % quantities.length] ?? "h",
      unit: unit % shape.hiddenSize,
    }));
    const [chosenOn = 0, measuredOn = 0] = halves.map(({ count }) => count);
    return { kind: "rank", step, chosenOn, measuredOn, minPositives: MIN_POSITIVES, minSpans: MIN_SPANS, concepts };
  });
}

/** The labels of what is read, lane after lane; those moved half the text further stand beside them. */
interface StreamLabels {
  /** [lanes * perLane]: the concepts in the low bits, above them the same of the character half the stream further on. */
  readonly bits: Uint32Array;
  readonly linePosition: Float32Array;
  /** 1 where a character counts. */
  readonly counts: Uint8Array;
  numbers(q: number): readonly number[];
}

/** @param carries the state is carried from one window to the next; else each starts afresh. */
function streamLabels({ bits, linePosition }: ConceptLabels, layout: Layout, carries: boolean): StreamLabels {
  const { lanes, laneLength: lane, steps, perLane } = layout;
  const fresh = carries ? perLane : steps;
  const n = lanes * perLane;
  const indexOf = (q: number): number => Math.floor(q / perLane) * lane + (q % perLane);
  const moved = (q: number): number => (q + Math.floor(n / 2)) % n;
  const positions = Float32Array.from({ length: n }, (_, q) => linePosition[indexOf(q)] ?? 0);
  return {
    bits: Uint32Array.from({ length: n }, (_, q) => (bits[indexOf(q)] ?? 0) | ((bits[indexOf(moved(q))] ?? 0) << binaryConcepts.length)),
    linePosition: positions,
    counts: Uint8Array.from({ length: n }, (_, q) => ((q % perLane) % fresh >= Math.min(WARM_UP, Math.floor(steps / 4)) ? 1 : 0)),
    numbers: (q) => [positions[q] ?? 0, positions[moved(q)] ?? 0],
  };
}

interface Window {
  readonly halves: readonly UnitStatistics[];
  readonly labels: StreamLabels;
  readonly layout: Layout;
  readonly window: number;
  /** [T+1, B, H]: slot 0 is the state before the window. */
  readonly values: ArrayLike<number>;
  readonly hiddenSize: number;
  readonly first: number;
  readonly isBounded: boolean;
}

function addWindow({ halves, labels, layout, window, values, hiddenSize, first, isBounded }: Window): void {
  const { lanes, steps, perLane } = layout;
  for (let b = 0; b < lanes; b++) {
    for (let t = 0; t < steps && window * steps + t < perLane; t++) {
      const q = b * perLane + window * steps + t;
      if (labels.counts[q] !== 1) continue;
      const offset = ((t + 1) * lanes + b) * hiddenSize;
      const half = halves[2 * q < labels.bits.length ? 0 : 1];
      half?.add(values, offset, hiddenSize, first, isBounded, labels.bits[q] ?? 0, labels.numbers(q));
    }
  }
}

type Named = Pick<RankedUnit, "layer" | "quantity" | "unit">;

function summarise(halves: readonly UnitStatistics[], labels: StreamLabels, nameOf: (unit: number) => Named): ConceptRanking[] {
  const [choose, measure] = halves;
  if (choose === undefined || measure === undefined) throw new ExecutorError("internal", "There are no statistics to rank units by.");
  const byNumber = (number: number, count: number): RankedUnit[] =>
    bestUnits(choose.units, count, (unit) => Math.abs(choose.correlation(unit, number))).map((unit) => ({
      ...nameOf(unit),
      r: measure.correlation(unit, number),
    }));
  const byConcept = (concept: number, count: number): RankedUnit[] =>
    bestUnits(choose.units, count, (unit) => Math.abs(choose.score(unit, concept).auc - 0.5)).map((unit) => {
      const falls = choose.score(unit, concept).auc < 0.5;
      const edge = choose.bestEdge(unit, concept, falls);
      const named = nameOf(unit);
      return {
        ...named,
        ...measure.score(unit, concept),
        balancedAccuracy: measure.balancedAccuracy(unit, concept, edge, falls),
        threshold: measure.edgeValue(edge, named.quantity === "h"),
      };
    });
  const rank = (concept: ConceptRanking["concept"], places: readonly Places[], best: (isMoved: boolean, count: number) => RankedUnit[]) => {
    const [, measured] = places;
    const isEnough = places.every(
      ({ positives, negatives, spans }) => Math.min(positives, negatives) >= MIN_POSITIVES && spans >= MIN_SPANS,
    );
    return {
      concept,
      positives: measured?.positives ?? 0,
      spans: measured?.spans ?? 0,
      units: isEnough ? best(false, BEST) : [],
      chance: isEnough ? (best(true, 1)[0] ?? null) : null,
    };
  };
  return [
    rank("linePosition", lineEnds(labels), (isMoved, count) => byNumber(isMoved ? 1 : 0, count)),
    ...binaryConcepts.map((id, i) =>
      rank(id, placesOf(labels, id), (isMoved, count) => byConcept(i + (isMoved ? binaryConcepts.length : 0), count)),
    ),
  ];
}

interface Places {
  readonly positives: number;
  readonly negatives: number;
  readonly spans: number;
}

/** Where a test is true in either half of the stream. */
function places({ bits, counts }: StreamLabels, isThere: (q: number) => boolean): Places[] {
  return [0, 1].map((half) => {
    const from = half === 0 ? 0 : Math.ceil(bits.length / 2);
    const to = half === 0 ? Math.ceil(bits.length / 2) : bits.length;
    let [positives, negatives, spans] = [0, 0, 0];
    let was = false;
    for (let q = from; q < to; q++) {
      if (counts[q] !== 1) continue;
      const is = isThere(q);
      if (is) positives++;
      else negatives++;
      if (is && !was) spans++;
      was = is;
    }
    return { positives, negatives, spans };
  });
}

const placesOf = (labels: StreamLabels, id: BinaryConceptId): Places[] => {
  const mask = 1 << binaryConcepts.indexOf(id);
  return places(labels, (q) => ((labels.bits[q] ?? 0) & mask) !== 0);
};

/** The place in the line is judged by how often it starts over. */
const lineEnds = (labels: StreamLabels): Places[] => places(labels, (q) => labels.linePosition[q] === 0);

/** The `count` units with the largest value, largest first; of equals the one with the smaller number. */
function bestUnits(units: number, count: number, scoreOf: (unit: number) => number): number[] {
  const values = Float64Array.from({ length: units }, (_, unit) => scoreOf(unit));
  return Array.from(values.keys())
    .sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0) || a - b)
    .slice(0, count);
}
