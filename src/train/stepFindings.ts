import { FOUND_LENGTH, foundIndex, foundKinds, fromBits, NOWHERE } from "../shaders/find_non_finite";
import type { Look, TraceName } from "./looks";
import type { StepTrace, Stop } from "./stepTrace";

/** A tensor of a step that holds a number that is not finite: the first such number, and where it lies. All counts are from 0. */
export interface Sighting {
  readonly name: TraceName;
  readonly kind: "nan" | "infinity" | "minus infinity";
  /** How many numbers of the time step, or of a tensor without time steps, are not finite. */
  readonly count: number;
  readonly layer?: number;
  /** -1 is the state before the first step. */
  readonly timeStep?: number;
  /** Example of the batch. */
  readonly example?: number;
  readonly unit?: number;
  readonly gate?: string;
  /** PyTorch's name, with the place in it. */
  readonly parameter?: string;
  readonly row?: number;
  readonly column?: number;
  readonly token?: number;
}

/** One tensor of a traced step, in the order in which the step makes them. */
export interface TracedTensor extends Pick<Look, "name" | "layer" | "gates" | "parameter"> {
  /** The largest finite magnitude. */
  readonly largest: number;
  /** How many numbers are not finite. */
  readonly count: number;
}

export interface StepFindings {
  /** In order of computation: within a layer forward in time, and backward in the backward pass. One for each tensor. */
  readonly sightings: readonly Sighting[];
  readonly tensors: readonly TracedTensor[];
}

/** Reads what the looks of a traced step have found. */
export function readFindings({ stops }: Pick<StepTrace, "stops">, found: Uint32Array): StepFindings {
  return {
    sightings: stops.flatMap((stop) => sightingsAt(stop, found)),
    tensors: stops.flatMap(({ looks }) => looks.map((look) => summary(look, found))),
  };
}

const at = (found: Uint32Array, row: number, column: keyof typeof foundIndex): number =>
  found[FOUND_LENGTH * row + foundIndex[column]] ?? 0;

function summary({ name, layer, gates, parameter, slices, firstFound }: Look, found: Uint32Array): TracedTensor {
  let [largest, count] = [0, 0];
  for (let row = firstFound; row < firstFound + slices; row++) {
    largest = Math.max(largest, fromBits(at(found, row, "largest")));
    count += at(found, row, "count");
  }
  return {
    name,
    ...(layer !== undefined && { layer }),
    ...(gates !== undefined && { gates }),
    ...(parameter !== undefined && { parameter }),
    largest,
    count,
  };
}

/** Goes through time as the stop's calls did, and at each time step through the looks; takes each look's first. */
function sightingsAt({ looks, descends }: Stop, found: Uint32Array): Sighting[] {
  const times = looks.flatMap(({ firstStep = 0, slices }) => [firstStep, firstStep + slices - 1]);
  const [from, to] = [Math.min(...times), Math.max(...times)];
  const sightings = new Map<Look, Sighting>();
  for (let i = 0; i <= to - from; i++) {
    const t = descends ? to - i : from + i;
    for (const look of looks) {
      const slice = t - (look.firstStep ?? 0);
      if (slice < 0 || slice >= look.slices || sightings.has(look)) continue;
      const sighting = sightingIn(look, slice, found);
      if (sighting !== undefined) sightings.set(look, sighting);
    }
  }
  return [...sightings.values()];
}

function sightingIn(look: Look, slice: number, found: Uint32Array): Sighting | undefined {
  const row = look.firstFound + slice;
  const place = at(found, row, "place");
  const kind = foundKinds[at(found, row, "kind")];
  if (place === NOWHERE || kind === undefined || kind === "none") return undefined;
  const { name, layer, parameter, firstStep } = look;
  return {
    name,
    kind,
    count: at(found, row, "count"),
    ...(layer !== undefined && { layer }),
    ...(parameter !== undefined && { parameter }),
    ...(firstStep !== undefined && { timeStep: firstStep + slice }),
    ...placeIn(look, place),
  };
}

type Place = Pick<Sighting, "example" | "token" | "row" | "column" | "unit" | "gate">;

function placeIn({ rowsAre, columns, gates = [], hiddenSize = columns, name }: Look, place: number): Place {
  const [row, column] = [Math.floor(place / columns), place % columns];
  if (rowsAre === "rows") return { row, column };
  const lane = rowsAre === "examples" ? { example: row } : { token: row };
  if (name === "loss") return lane;
  const gate = gates[Math.floor(column / hiddenSize)];
  return { ...lane, unit: column % hiddenSize, ...(gate !== undefined && { gate }) };
}
