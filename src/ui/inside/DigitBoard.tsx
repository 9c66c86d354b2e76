import type { CSSProperties, PointerEvent, ReactNode } from "react";
import { useMemo } from "react";
import type { DigitRead } from "../../worker/protocol";
import { IMAGE_SIZE } from "../drawing";
import { PixelCanvas } from "../panels/PixelCanvas";
import { CLASSES, quantityRows } from "./digitFacts";
import { HeatCanvas } from "./HeatCanvas";
import { chooseUnit, quantityNames, type UnitChoice } from "./insideStore";
import { largest, rangeOf, scaleFromZero, scaleOf, type ValueScale } from "./palette";

interface BlockProps {
  readonly title: ReactNode;
  readonly className: string;
  /** Rows read so far, 1 to 28. */
  readonly row: number;
  readonly onRow: (row: number) => void;
  /** With the place across the block, 0 to 1; on a click only. */
  readonly onPick?: (across: number) => void;
  readonly style?: CSSProperties;
  readonly below?: ReactNode;
  readonly children: ReactNode;
}

/** One part of the board; time runs down all of them alike. The rows that are not read yet are veiled. */
function Block({ title, className, row, onRow, onPick, style, below, children }: BlockProps) {
  const placeIn = (event: PointerEvent<HTMLDivElement>): void => {
    const box = event.currentTarget.getBoundingClientRect();
    onRow(Math.max(1, Math.min(IMAGE_SIZE, Math.ceil(((event.clientY - box.top) / box.height) * IMAGE_SIZE))));
    if (event.type === "pointerdown") onPick?.((event.clientX - box.left) / box.width);
  };
  return (
    <div className={`board-block ${className}`} style={style}>
      <h3>{title}</h3>
      <div
        className="board-area"
        onPointerDown={placeIn}
        onPointerMove={(event) => {
          if (event.buttons === 1) placeIn(event);
        }}
      >
        {children}
        <div className="board-veil" style={{ top: `${(100 * row) / IMAGE_SIZE}%` }} />
      </div>
      {below}
    </div>
  );
}

interface Props {
  readonly digit: DigitRead;
  readonly pixels: Uint8Array;
  /** What lies over the picture, [28, 28]; undefined for nothing. */
  readonly overlay: Float32Array | undefined;
  readonly norms: readonly number[];
  readonly choice: UnitChoice;
  readonly row: number;
  readonly onRow: (row: number) => void;
}

const PROBABILITY: ValueScale = { kind: "sequential", low: 0, high: 1 };
const digits = Array.from({ length: CLASSES }, (_, digit) => digit);
/** A unit is at most so wide. */
const MAX_UNIT_PX = 10;
/** Layers whose units would be narrower beside the picture stand below it. */
const GOOD_UNIT_PX = 3;
/** Narrower, and each layer has a row of its own. */
const MIN_UNIT_PX = 2;

/** The picture, its gradient, the class probabilities and every layer's units side by side, each with the 28 rows from top to bottom. */
export function DigitBoard({ digit, pixels, overlay, norms, choice, row, onRow }: Props) {
  const layers = useMemo(
    () =>
      digit.layers.map((_, layer) => {
        const values = quantityRows(digit, layer, choice.quantity);
        return { values, scale: scaleOf(choice.quantity, values) };
      }),
    [digit, choice.quantity],
  );
  const gradient = useMemo(() => {
    if (overlay === undefined) return undefined;
    const most = largest(overlay) || 1;
    const scale: ValueScale = { kind: "diverging", low: -most, high: most };
    return { scale, opacity: overlay.map((value) => Math.min(1, 0.15 + Math.sqrt(Math.abs(value) / most)) * (value === 0 ? 0 : 1)) };
  }, [overlay]);
  const longest = Math.max(...norms) || 1;
  const bars = useMemo(() => scaleFromZero(norms), [norms]);
  return (
    <div className="board" data-testid="digit-board">
      <Block
        title="Picture"
        className="board-picture"
        row={row}
        onRow={onRow}
        below={overlay !== undefined && <p className="board-caption">blue raises the score, orange lowers it</p>}
      >
        <PixelCanvas
          className="board-ink"
          width={IMAGE_SIZE}
          height={IMAGE_SIZE}
          values={pixels}
          full={gradient === undefined ? 255 : 600}
        />
        {overlay !== undefined && gradient !== undefined && (
          <HeatCanvas columns={IMAGE_SIZE} rows={IMAGE_SIZE} values={overlay} scale={gradient.scale} opacity={gradient.opacity} />
        )}
      </Block>
      <Block title="Rows that mattered" className="board-rows" row={row} onRow={onRow}>
        <div className="row-bars" aria-hidden="true">
          {norms.map((norm, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its row
            <span key={i} style={{ width: `${(100 * norm) / (bars.high || longest)}%` }} />
          ))}
        </div>
      </Block>
      <Block
        title="Class"
        className="board-classes"
        row={row}
        onRow={onRow}
        below={
          <div className="board-labels" aria-hidden="true">
            {digits.map((each) => (
              <span key={each}>{each}</span>
            ))}
          </div>
        }
      >
        <HeatCanvas columns={CLASSES} rows={IMAGE_SIZE} values={digit.probabilities} scale={PROBABILITY} />
      </Block>
      <div className="board-layers" style={{ flex: `1 1 ${digit.layers.length * Math.max(160, digit.hiddenSize * GOOD_UNIT_PX)}px` }}>
        {layers.map(({ values, scale }, layer) => (
          <Block
            // biome-ignore lint/suspicious/noArrayIndexKey: a layer is its place
            key={layer}
            title={`Layer ${layer + 1}: ${quantityNames[choice.quantity] ?? choice.quantity}${rangeOf(choice.quantity, scale)}`}
            className="board-layer"
            style={{
              maxWidth: `${Math.max(160, digit.hiddenSize * MAX_UNIT_PX)}px`,
              minWidth: `min(100%, ${Math.max(160, digit.hiddenSize * MIN_UNIT_PX)}px)`,
            }}
            row={row}
            onRow={onRow}
            onPick={(across) =>
              chooseUnit({ layer, unit: Math.max(0, Math.min(digit.hiddenSize - 1, Math.floor(across * digit.hiddenSize))) })
            }
          >
            <HeatCanvas columns={digit.hiddenSize} rows={IMAGE_SIZE} values={values} scale={scale} />
            {choice.layer === layer && (
              <div
                className="board-unit"
                style={{ left: `${(100 * choice.unit) / digit.hiddenSize}%`, width: `${100 / digit.hiddenSize}%` }}
              />
            )}
          </Block>
        ))}
      </div>
    </div>
  );
}
