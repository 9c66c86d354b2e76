import { Check, X } from "lucide-react";
import { memo } from "react";
import type { StripDigit } from "../../worker/protocol";
import { formatCount, formatPercent } from "../format";
import { useApp } from "../store";
import { PixelCanvas } from "./PixelCanvas";

export function mostLikely(probabilities: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < probabilities.length; i++) if ((probabilities[i] ?? 0) > (probabilities[best] ?? 0)) best = i;
  return best;
}

interface DigitProps {
  readonly digit: StripDigit;
  readonly onChoose: (pixels: Uint8Array) => void;
}

const Digit = memo(function Digit({ digit, onChoose }: DigitProps) {
  const { pixels, label, probabilities } = digit;
  const read = mostLikely(probabilities);
  const right = read === label;
  const sure = formatPercent(probabilities[read], 0);
  return (
    <button
      type="button"
      className="strip-digit"
      data-wrong={!right || undefined}
      aria-label={`A ${label}, read as ${read} (${sure}), ${right ? "right" : "wrong"}. Put it into the drawing pad.`}
      title={`Label ${label}, read as ${read} with ${sure}`}
      onClick={() => onChoose(pixels)}
    >
      <PixelCanvas width={28} height={28} values={pixels} full={255} />
      <span className="strip-verdict" aria-hidden="true">
        {right ? <Check /> : <X />}
        {right ? label : `${label}→${read}`}
      </span>
    </button>
  );
});

/** Test digits and what the network reads in them, brought up to date with each validation. */
export function DigitStrip({ onChoose }: { readonly onChoose: (pixels: Uint8Array) => void }) {
  const strip = useApp((state) => state.run.strip);
  const digits = strip?.digits.slice(0, 16) ?? [];
  const right = digits.filter(({ label, probabilities }) => mostLikely(probabilities) === label).length;
  return (
    <section className="strip-section" aria-labelledby="strip-title">
      <div className="section-head">
        <h2 id="strip-title">Test digits</h2>
        <p className="quiet">
          {digits.length === 0
            ? "They appear when the run is open."
            : `At step ${formatCount(strip?.step)}: ${right} of ${digits.length} right. Choose one to read it row by row.`}
        </p>
      </div>
      <div className="strip" data-testid="digit-strip">
        {digits.map((digit, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the strip always shows the same digits in the same places
          <Digit key={i} digit={digit} onChoose={onChoose} />
        ))}
      </div>
    </section>
  );
}
