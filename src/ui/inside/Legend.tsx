import { formatTick } from "../format";
import { useGround } from "../time/palette";
import { gradientOf, type ValueScale } from "./palette";

interface Props {
  readonly scale: ValueScale;
  readonly name: string;
  /** The colours are those under text. */
  readonly underText?: boolean;
}

/** The colours of a scale from its low end to its high end. */
export function Legend({ scale, name, underText = false }: Props) {
  const ground = useGround();
  const ends = scale.kind === "diverging" ? [scale.low, 0, scale.high] : [scale.low, scale.high];
  return (
    <div className="inside-legend">
      <span className="hidden">{`Colours of ${name}: `}</span>
      <div className="inside-legend-bar" aria-hidden="true" style={{ background: gradientOf(scale.kind, ground, underText) }} />
      <div className="inside-legend-ends">
        {ends.map((end) => (
          <span key={end}>{formatTick(end).replace("-", "−")}</span>
        ))}
      </div>
    </div>
  );
}
