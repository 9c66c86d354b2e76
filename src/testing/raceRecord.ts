import type { Cell } from "../config";
import { RaceRecord, type RaceValidation } from "../race/record";

interface Course {
  readonly parameters?: number;
  readonly stepsPerEpoch?: number;
  /** Time per step of each slice. */
  readonly msPerStep: readonly number[];
  readonly stepsPerSlice?: number;
  /** Loss of each step. */
  readonly loss?: (step: number) => number;
  readonly validations?: readonly (Pick<RaceValidation, "step" | "loss" | "accuracy"> & Partial<RaceValidation>)[];
}

/** A record of a race that nobody ran. */
export function raceRecord(
  cell: Cell,
  { parameters = 100, stepsPerEpoch = 1000, msPerStep, stepsPerSlice = 10, loss = (step) => 1 / step, validations = [] }: Course,
): RaceRecord {
  const record = new RaceRecord(cell, { parameters, bytes: 4 * parameters, flopsPerStep: 1e6, stepsPerEpoch, prepareMs: 1500 });
  for (const ms of msPerStep) {
    const losses = Array.from({ length: stepsPerSlice }, (_, i) => loss(record.steps + i + 1));
    record.addSlice(
      ms * stepsPerSlice,
      losses,
      losses.map(() => 0.5),
    );
  }
  for (const each of validations) record.validations.push({ targets: 1000, full: false, ...each });
  return record;
}
