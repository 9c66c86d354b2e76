/**
 * One time step of a layer, product and gates together, for each cell: forward, and backwards as the gradient of the state in slot `step`
 * (from T down to 0) and of the step that made it. A part has units of its own, with all rows of the batch.
 */
import { carryThroughGates, clearColumns, finishState, firstUnit, panelBytes, takeGate, timesGates, timesPanels } from "./fused";
import { gruBackward, gruForward } from "./gru";
import { backwardOutput, backwardReset, forwardGates, forwardOutput } from "./gru_before";
import { lstmBackward, lstmForward } from "./lstm";
import { rnnBackward, rnnForward } from "./rnn";

export function rnn_fused_forward(
  gates: usize,
  weight: usize,
  bias: usize,
  hidden: usize,
  step: usize,
  batch: usize,
  size: usize,
  _scratch: usize,
  part: usize,
  parts: usize,
): void {
  const first = firstUnit(size, part, parts);
  const end = firstUnit(size, part + 1, parts);
  const from = hidden + step * batch * size * 4;
  timesPanels(from, size, weight, panelBytes(size), batch, size, from + batch * size * 4, size, first, end, false);
  rnnForward(gates, bias, hidden, step, batch, size, true, 0, batch, first, end);
}

export function rnn_fused_backward(
  hidden: usize,
  weight: usize,
  carryScale: usize,
  dHidden: usize,
  dGates: usize,
  step: usize,
  steps: usize,
  batch: usize,
  size: usize,
  fromAbove: bool,
  carry: usize,
  part: usize,
  parts: usize,
): void {
  const slot = batch * size * 4;
  const first = firstUnit(size, part, parts);
  const end = firstUnit(size, part + 1, parts);
  if (!fromAbove) clearColumns(dHidden + step * slot, batch, size, first, end);
  if (step < steps) timesPanels(dGates + step * slot, size, weight, panelBytes(size), batch, size, carry, size, first, end, false);
  if (step > 0) rnnBackward(hidden, carryScale, carry, dHidden, dGates, step - 1, steps, batch, size, 0, batch, first, end);
  else finishState(carryScale, carry, dHidden, batch, size, first, end);
}

export function lstm_fused_forward(
  gates: usize,
  weight: usize,
  bias: usize,
  hidden: usize,
  cell: usize,
  step: usize,
  batch: usize,
  size: usize,
  product: usize,
  part: usize,
  parts: usize,
): void {
  const slot = batch * size * 4;
  const first = firstUnit(size, part, parts);
  const end = firstUnit(size, part + 1, parts);
  const to = gates + step * 4 * slot;
  timesGates(hidden + step * slot, weight, batch, size, product, first, end);
  for (let g: usize = 0; g < 4; g++) takeGate(product, g, to + g * size * 4, 4 * size, batch, size, first, end, true);
  lstmForward(gates, bias, hidden, cell, step, batch, size, 0, batch, first, end);
}

export function lstm_fused_backward(
  gates: usize,
  cell: usize,
  weight: usize,
  carryScale: usize,
  dHidden: usize,
  dCell: usize,
  dGates: usize,
  step: usize,
  steps: usize,
  batch: usize,
  size: usize,
  fromAbove: bool,
  carry: usize,
  part: usize,
  parts: usize,
): void {
  const slot = batch * size * 4;
  const rows = size * 4;
  const first = firstUnit(size, part, parts);
  const end = firstUnit(size, part + 1, parts);
  if (!fromAbove) clearColumns(dHidden + step * slot, batch, size, first, end);
  if (step < steps) timesPanels(dGates + step * 4 * slot, rows, weight, panelBytes(rows), batch, rows, carry, size, first, end, false);
  if (step > 0) lstmBackward(gates, cell, carryScale, carry, dHidden, dCell, dGates, step - 1, steps, batch, size, 0, batch, first, end);
  else finishState(carryScale, carry, dHidden, batch, size, first, end);
}

export function gru_fused_forward(
  gates: usize,
  weight: usize,
  bias: usize,
  hidden: usize,
  term: usize,
  step: usize,
  batch: usize,
  size: usize,
  product: usize,
  part: usize,
  parts: usize,
): void {
  const slot = batch * size * 4;
  const first = firstUnit(size, part, parts);
  const end = firstUnit(size, part + 1, parts);
  const to = gates + step * 3 * slot;
  timesGates(hidden + step * slot, weight, batch, size, product, first, end);
  for (let g: usize = 0; g < 2; g++) takeGate(product, g, to + g * size * 4, 3 * size, batch, size, first, end, true);
  takeGate(product, 2, term + step * slot, size, batch, size, first, end, false);
  gruForward(gates, bias, hidden, term, step, batch, size, 0, batch, first, end);
}

export function gru_fused_backward(
  gates: usize,
  hidden: usize,
  term: usize,
  weight: usize,
  carryScale: usize,
  dHidden: usize,
  dGates: usize,
  dTerm: usize,
  step: usize,
  steps: usize,
  batch: usize,
  size: usize,
  fromAbove: bool,
  carry: usize,
  part: usize,
  parts: usize,
): void {
  const slot = batch * size * 4;
  const first = firstUnit(size, part, parts);
  const end = firstUnit(size, part + 1, parts);
  const stride = panelBytes(3 * size);
  if (!fromAbove) clearColumns(dHidden + step * slot, batch, size, first, end);
  if (step < steps) {
    const z = gates + step * 3 * slot + size * 4;
    carryThroughGates(dHidden + (step + 1) * slot, z, 0, 0, 3, carry, batch, size, first, end);
    timesPanels(dGates + step * 3 * slot, 3 * size, weight, stride, batch, 2 * size, carry, size, first, end, true);
    timesPanels(dTerm + step * slot, size, weight + panelBytes(2 * size), stride, batch, size, carry, size, first, end, true);
  }
  if (step > 0) gruBackward(gates, hidden, term, carryScale, carry, dHidden, dGates, dTerm, step - 1, steps, batch, size, 0, batch, first, end);
  else finishState(carryScale, carry, dHidden, batch, size, first, end);
}

export function gru_before_fused_forward_gates(
  gates: usize,
  weight: usize,
  hidden: usize,
  term: usize,
  step: usize,
  batch: usize,
  size: usize,
  product: usize,
  part: usize,
  parts: usize,
): void {
  const slot = batch * size * 4;
  const first = firstUnit(size, part, parts);
  const end = firstUnit(size, part + 1, parts);
  const to = gates + step * 3 * slot;
  timesGates(hidden + step * slot, weight, batch, size, product, first, end);
  for (let g: usize = 0; g < 2; g++) takeGate(product, g, to + g * size * 4, 3 * size, batch, size, first, end, true);
  forwardGates(gates, hidden, term, step, batch, size, 0, batch, first, end);
}

export function gru_before_fused_forward_output(
  gates: usize,
  weight: usize,
  term: usize,
  hidden: usize,
  step: usize,
  batch: usize,
  size: usize,
  product: usize,
  part: usize,
  parts: usize,
): void {
  const slot = batch * size * 4;
  const first = firstUnit(size, part, parts);
  const end = firstUnit(size, part + 1, parts);
  timesGates(term + step * slot, weight, batch, size, product, first, end);
  takeGate(product, 2, gates + step * 3 * slot + 2 * size * 4, 3 * size, batch, size, first, end, true);
  forwardOutput(gates, hidden, step, batch, size, 0, batch, first, end);
}

export function gru_before_fused_backward_output(
  gates: usize,
  hidden: usize,
  weight: usize,
  carryScale: usize,
  dTerm: usize,
  dHidden: usize,
  dGates: usize,
  step: usize,
  steps: usize,
  batch: usize,
  size: usize,
  fromAbove: bool,
  carry: usize,
  part: usize,
  parts: usize,
): void {
  const slot = batch * size * 4;
  const first = firstUnit(size, part, parts);
  const end = firstUnit(size, part + 1, parts);
  if (!fromAbove) clearColumns(dHidden + step * slot, batch, size, first, end);
  if (step < steps) {
    const r = gates + step * 3 * slot;
    carryThroughGates(dHidden + (step + 1) * slot, r + size * 4, dTerm + step * slot, r, 3, carry, batch, size, first, end);
    timesPanels(dGates + step * 3 * slot, 3 * size, weight, panelBytes(3 * size), batch, 2 * size, carry, size, first, end, true);
  }
  if (step > 0) backwardOutput(gates, hidden, carryScale, carry, dHidden, dGates, step - 1, steps, batch, size, 0, batch, first, end);
  else finishState(carryScale, carry, dHidden, batch, size, first, end);
}

export function gru_before_fused_backward_reset(
  gates: usize,
  hidden: usize,
  weight: usize,
  dGates: usize,
  dTerm: usize,
  step: usize,
  batch: usize,
  size: usize,
  _scratch: usize,
  part: usize,
  parts: usize,
): void {
  const slot = batch * size * 4;
  const first = firstUnit(size, part, parts);
  const end = firstUnit(size, part + 1, parts);
  const from = dGates + step * 3 * slot + 2 * size * 4;
  const stride = panelBytes(3 * size);
  timesPanels(from, 3 * size, weight + panelBytes(2 * size), stride, batch, size, dTerm + step * slot, size, first, end, false);
  backwardReset(gates, hidden, dTerm, 0, dGates, step, batch, size, 0, batch, first, end);
}
