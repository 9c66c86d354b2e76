/** A function of a few values that keeps its last result, for values that many components ask about after every change of the store. */
export function lastResult<A extends readonly unknown[], R>(compute: (...values: A) => R): (...values: A) => R {
  let last: { readonly values: A; readonly result: R } | undefined;
  return (...values) => {
    if (last === undefined || values.some((value, i) => !Object.is(value, last?.values[i]))) last = { values, result: compute(...values) };
    return last.result;
  };
}
