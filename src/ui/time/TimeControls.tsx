import { Help } from "../controls/Help";
import { useApp } from "../store";
import { chooseProbeEvery } from "../storeConfig";
import { probeChoices } from "../urlState";
import type { Quantity } from "./quantities";
import { useTime } from "./timeState";

const groups = ["Gradient", "Activity", "Gates"] as const;
const probeHelp =
  "How often a training step is measured for this view: the first and every n-th, with the horizon in every fifth of these. " +
  "A measured step takes longer; off costs nothing.";
const pathHelp =
  "How the last step's loss of the batch's first example flows back, beside the cells: the width falls by the same amount for each factor of ten, to a hairline at a millionth. Pale: beyond where training cuts it.";
const probeLabels: Readonly<Record<(typeof probeChoices)[number], string>> = {
  0: "off",
  1: "every step",
  10: "every 10th step",
  100: "every 100th step",
};

/** How often steps are probed, from the next step on. */
export function ProbeChoice() {
  const every = useApp((state) => state.probeEvery);
  return (
    <span className="time-choice">
      <label htmlFor="probe-every">Measure</label>
      <select id="probe-every" value={every} data-testid="probe-every" onChange={(event) => chooseProbeEvery(Number(event.target.value))}>
        {probeChoices.map((choice) => (
          <option key={choice} value={choice}>
            {probeLabels[choice]}
          </option>
        ))}
      </select>
      <Help label="Measure">{probeHelp}</Help>
    </span>
  );
}

/** What colours the cells, what is drawn beside them, how often it is measured. */
export function TimeControls({ quantities, quantity }: { readonly quantities: readonly Quantity[]; readonly quantity: Quantity }) {
  const path = useTime((state) => state.path);
  return (
    <div className="time-controls">
      <span className="time-choice">
        <label htmlFor="time-quantity">Colour</label>
        <select
          id="time-quantity"
          className="time-quantity"
          value={quantity.id}
          data-testid="quantity"
          onChange={(event) => useTime.setState({ quantity: event.target.value })}
        >
          {groups.map((group) => (
            <optgroup key={group} label={group}>
              {quantities
                .filter((each) => each.group === group)
                .map((each) => (
                  <option key={each.id} value={each.id}>
                    {each.label}
                  </option>
                ))}
            </optgroup>
          ))}
        </select>
        <Help label="Colour">{quantity.help}</Help>
      </span>
      <span className="time-choice">
        <label className="check">
          <input type="checkbox" checked={path} data-testid="path" onChange={(event) => useTime.setState({ path: event.target.checked })} />
          Way back of one example's loss
        </label>
        <Help label="Way back of one example's loss">{pathHelp}</Help>
      </span>
      <ProbeChoice />
    </div>
  );
}
