/** A plan that cannot be replayed: a fault in the code that recorded it, not in anything a person entered. */
export class PlanError extends Error {
  override readonly name = "PlanError";
}
