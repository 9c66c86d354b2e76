import { ChevronLeft, ChevronRight } from "lucide-react";
import { Help } from "../controls/Help";
import { chooseUnit, quantityNames, SURPRISE, type UnitChoice } from "./insideStore";

interface Props {
  /** Within what the network has. */
  readonly choice: UnitChoice;
  readonly numLayers: number;
  readonly hiddenSize: number;
  readonly quantities: readonly string[];
  /** Whether the surprise is among what can be chosen. */
  readonly withSurprise?: boolean;
}

const help =
  "A unit is one number of a layer's state. Colour by its state, by one of its gates, or by how surprised the network was by each character.";

/** Which unit of which layer, and what of it: by number, or one after another. Layers count from 1, units from 0, as in the tensors. */
export function UnitPicker({ choice, numLayers, hiddenSize, quantities, withSurprise = false }: Props) {
  const { layer, unit, quantity } = choice;
  const step = (by: number): void => {
    const all = numLayers * hiddenSize;
    const next = (layer * hiddenSize + unit + by + all) % all;
    chooseUnit({ layer: Math.floor(next / hiddenSize), unit: next % hiddenSize });
  };
  const choices = [...quantities, ...(withSurprise ? [SURPRISE] : [])];
  const isUnit = quantity !== SURPRISE;
  return (
    <fieldset className="unit-picker">
      <legend className="hidden">What to colour by</legend>
      <span className="unit-part">
        <label htmlFor="inside-quantity">{withSurprise ? "Colour by" : "Show"}</label>
        <Help label="What to show">
          {withSurprise ? help : help.replace(", or by how surprised the network was by each character", "")}
        </Help>
        <select id="inside-quantity" value={quantity} onChange={(event) => chooseUnit({ quantity: event.target.value })}>
          {choices.map((name) => (
            <option key={name} value={name}>
              {quantityNames[name] ?? name}
            </option>
          ))}
        </select>
      </span>
      <span className="unit-part">
        <label htmlFor="inside-layer">Layer</label>
        <select id="inside-layer" value={layer} disabled={!isUnit} onChange={(event) => chooseUnit({ layer: Number(event.target.value) })}>
          {Array.from({ length: numLayers }, (_, i) => i).map((i) => (
            <option key={i} value={i}>
              {i + 1}
            </option>
          ))}
        </select>
      </span>
      <span className="unit-part">
        <label htmlFor="inside-unit">Unit</label>
        <button type="button" className="unit-step" aria-label="Previous unit" disabled={!isUnit} onClick={() => step(-1)}>
          <ChevronLeft aria-hidden />
        </button>
        <input
          id="inside-unit"
          type="number"
          min={0}
          max={hiddenSize - 1}
          value={unit}
          disabled={!isUnit}
          onChange={(event) => {
            const wanted = event.target.valueAsNumber;
            if (Number.isFinite(wanted)) chooseUnit({ unit: Math.max(0, Math.min(hiddenSize - 1, Math.floor(wanted))) });
          }}
        />
        <button type="button" className="unit-step" aria-label="Next unit" disabled={!isUnit} onClick={() => step(1)}>
          <ChevronRight aria-hidden />
        </button>
        <span className="quiet">of 0 to {hiddenSize - 1}</span>
      </span>
    </fieldset>
  );
}
