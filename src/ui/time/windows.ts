import type { Bptt, Task } from "../../config";

/** Steps `from` to `to` - 1, counted from 0. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** Where a training sequence has losses, and how far back their gradients go; as docs/notation.md has it. */
export interface TimePlan {
  readonly steps: number;
  /** The first step with a loss; all after it have one. */
  readonly firstLoss: number;
  /** Between two windows the gradient is cut. None where it is cut at random. */
  readonly windows: readonly Window[];
  /** What the bracket says. */
  readonly label: string;
}

function firstLossOf(task: Task, steps: number): number {
  switch (task.kind) {
    case "digits":
      return steps - 1;
    case "text":
      return 0;
    case "copy":
      return steps - task.length;
    default:
      return task satisfies never;
  }
}

/** Windows of k steps: counted from the end where only the last step has a loss, else from the start. */
function windowsOf(k: number, steps: number, fromEnd: boolean): Window[] {
  const phase = fromEnd ? steps % k : 0;
  const starts = [0, ...Array.from({ length: steps }, (_, t) => t).filter((t) => t > 0 && (t - phase) % k === 0)];
  return starts.map((from, i) => ({ from, to: starts[i + 1] ?? steps }));
}

export function timePlan(task: Task, bptt: Bptt, steps: number): TimePlan {
  const firstLoss = firstLossOf(task, steps);
  switch (bptt.kind) {
    case "full":
      return { steps, firstLoss, windows: [{ from: 0, to: steps }], label: `full: ${steps} steps` };
    case "fixed":
      return {
        steps,
        firstLoss,
        windows: windowsOf(bptt.k, steps, task.kind === "digits"),
        label: `cut every ${bptt.k}`,
      };
    case "random":
      return { steps, firstLoss, windows: [], label: `cut at random, every ${bptt.mean} steps on average` };
    default:
      return bptt satisfies never;
  }
}

/** Whether a gradient of any loss can reach step t. Where cuts are random, it may. */
export function isReached({ firstLoss, windows }: TimePlan, t: number): boolean {
  const window = windows.find(({ from, to }) => t >= from && t < to);
  return window === undefined || window.to > firstLoss;
}

/** Distance from the last step at which its gradient is cut in training: that of the first step it does not reach; undefined if none. */
export function cutDistance({ steps, windows }: TimePlan): number | undefined {
  const last = windows.at(-1);
  return last === undefined || last.from === 0 ? undefined : steps - last.from;
}
