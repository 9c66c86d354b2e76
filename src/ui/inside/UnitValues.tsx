import { useGround } from "../time/palette";
import { quantityNames } from "./insideStore";
import { colourBytes, levelOf, scaleOf } from "./palette";

interface Props {
  readonly quantities: readonly string[];
  /** One value of each. */
  readonly values: readonly (number | undefined)[];
  /** All values of a cell, for its range. */
  readonly cellValues: ArrayLike<number>;
}

const signed = (value: number | undefined): string =>
  value === undefined || Number.isNaN(value) ? "–" : value.toFixed(4).replace("-", "−");

/** All that one unit is at one moment, exactly, each with its place in its range. */
export function UnitValues({ quantities, values, cellValues }: Props) {
  const ground = useGround();
  return (
    <dl className="unit-values">
      {quantities.map((name, i) => {
        const scale = scaleOf(name, cellValues);
        const level = levelOf(values[i], scale);
        const colour = level === undefined ? undefined : colourBytes(scale.kind, ground)[level];
        const [from, to] = [scale.kind === "diverging" ? 0.5 : 0, (level ?? 0) / 255];
        return (
          <div key={name}>
            <dt>{quantityNames[name] ?? name}</dt>
            <dd>
              <span className="unit-track" aria-hidden="true">
                <span
                  style={{
                    left: `${100 * Math.min(from, to)}%`,
                    width: `${100 * Math.abs(to - from)}%`,
                    background: colour && `rgb(${colour.join(" ")})`,
                  }}
                />
              </span>
              <span>{signed(values[i])}</span>
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
