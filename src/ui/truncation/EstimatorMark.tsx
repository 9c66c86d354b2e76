import type { Estimator } from "../../worker/protocol";
import { estimatorNames, estimators } from "./figures";

/** Each estimator has a shape beside its colour: square, triangle, circle. */
export function EstimatorMark({ estimator, x, y }: { readonly estimator: Estimator; readonly x: number; readonly y: number }) {
  switch (estimator) {
    case "fixed":
      return <rect className="mark" x={x - 3.5} y={y - 3.5} width={7} height={7} />;
    case "random":
      return <path className="mark" d={`M${x},${y - 4.5}l4.4,7.6h-8.8z`} />;
    case "compensated":
      return <circle className="mark" cx={x} cy={y} r={4} />;
    default:
      return estimator satisfies never;
  }
}

/** What shapes and colours stand for. */
export function EstimatorKey() {
  return (
    <p className="truncation-key">
      {estimators.map((estimator) => (
        <span key={estimator} data-estimator={estimator}>
          <svg width="12" height="12" aria-hidden="true">
            <EstimatorMark estimator={estimator} x={6} y={6} />
          </svg>{" "}
          {estimatorNames[estimator]}
        </span>
      ))}
      <span className="quiet">Marks are means over batches and draws, whiskers the middle 80 % of them.</span>
    </p>
  );
}
