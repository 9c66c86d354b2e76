import type { DigitRead } from "../../worker/protocol";
import { Help } from "../controls/Help";
import { CLASSES, rowSentence } from "./digitFacts";
import { chooseScore, useInside } from "./insideStore";
import { largest } from "./palette";

/** What lies over the picture: the gradient, the gradient times the picture, or nothing. */
export type Overlay = "gradient" | "times" | "none";

const precise = (value: number): string => value.toPrecision(3).replace(/e([+-])/, (_, sign) => (sign === "-" ? "e−" : "e"));

interface GradientProps {
  readonly digit: DigitRead;
  readonly overlay: Overlay;
  readonly onOverlay: (overlay: Overlay) => void;
  readonly norms: readonly number[];
  readonly row: number;
}

/** Which score is differentiated with respect to the pixels, and what lies over the picture. */
export function GradientChoice({ digit, overlay, onOverlay, norms, row }: GradientProps) {
  const target = useInside((state) => state.target);
  const score = useInside((state) => state.score);
  const most = largest(norms);
  return (
    <>
      <div className="gradient-controls">
        <span className="unit-part">
          <label htmlFor="inside-target">Gradient of</label>
          <Help label="Gradient with respect to the picture">
            How the score of a class after the last row changes with each pixel: blue pixels raise it where they get darker, orange ones
            lower it. The bars are its Euclidean norm by row. Times the picture, only pixels that have ink count.
          </Help>
          <select
            id="inside-target"
            value={target ?? "predicted"}
            onChange={(event) => chooseScore({ target: event.target.value === "predicted" ? null : Number(event.target.value) })}
          >
            <option value="predicted">class read ({digit.predicted})</option>
            {Array.from({ length: CLASSES }, (_, i) => i).map((i) => (
              <option key={i} value={i}>
                class {i}
              </option>
            ))}
          </select>
        </span>
        <span className="unit-part">
          <label htmlFor="inside-score">as</label>
          <select
            id="inside-score"
            value={score}
            onChange={(event) => chooseScore({ score: event.target.value === "logit" ? "logit" : "logProbability" })}
          >
            <option value="logProbability">log probability</option>
            <option value="logit">logit</option>
          </select>
        </span>
        <span className="unit-part">
          <label htmlFor="inside-overlay">shown</label>
          <select
            id="inside-overlay"
            value={overlay}
            onChange={(event) => {
              const { value } = event.target;
              onOverlay(value === "times" || value === "none" ? value : "gradient");
            }}
          >
            <option value="gradient">as it is</option>
            <option value="times">times the picture</option>
            <option value="none">as bars alone</option>
          </select>
        </span>
      </div>
      <p data-testid="inside-rows">
        {rowSentence(norms)}{" "}
        <span className="quiet">
          Row {row}: {precise(norms[row - 1] ?? 0)}; largest row: {precise(most)}.
        </span>
      </p>
    </>
  );
}
