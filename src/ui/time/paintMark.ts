import { MARK } from "./cells";
import type { Palette } from "./palette";

/** Marks differ by shape, not by colour alone. Also drawn into the legend. */
export function paintMark(
  context: CanvasRenderingContext2D,
  palette: Palette,
  mark: number,
  x: number,
  y: number,
  width: number,
  height: number,
  round: number,
): void {
  const outlined = width >= 8;
  const box = (): void => {
    context.beginPath();
    context.roundRect(x + 0.5, y + 0.5, width - 1, height - 1, Math.max(0, round - 0.5));
  };
  context.lineWidth = 1;
  if (mark === MARK.notFinite) {
    context.fillStyle = palette.wrong;
    context.beginPath();
    context.roundRect(x, y, width, height, round);
    context.fill();
    const arm = Math.min(width, height) / 2 - 4;
    if (arm < 2) return;
    const [cx, cy] = [x + width / 2, y + height / 2];
    context.strokeStyle = palette.paper;
    context.lineWidth = 1.5;
    context.beginPath();
    context.moveTo(cx - arm, cy - arm);
    context.lineTo(cx + arm, cy + arm);
    context.moveTo(cx + arm, cy - arm);
    context.lineTo(cx - arm, cy + arm);
    context.stroke();
    return;
  }
  context.strokeStyle = mark === MARK.zero ? palette.ink3 : palette.ruleStrong;
  if (mark === MARK.cut) {
    context.save();
    context.beginPath();
    context.rect(x, y, width, height);
    context.clip();
    context.beginPath();
    // One lattice for the whole row, so that narrow cells join into one hatching.
    const spacing = 6;
    const first = Math.floor((x - height) / spacing) * spacing;
    for (let start = first; start < x + width; start += spacing) {
      context.moveTo(start, y + height);
      context.lineTo(start + height, y);
    }
    context.stroke();
    context.restore();
  }
  if (mark === MARK.zero) {
    context.fillStyle = palette.ink3;
    context.beginPath();
    context.arc(x + width / 2, y + height / 2, Math.min(2, Math.max(0.75, width / 3)), 0, 2 * Math.PI);
    context.fill();
  }
  if (!outlined) return;
  if (mark === MARK.unknown) context.strokeStyle = palette.rule;
  box();
  context.stroke();
}
