import { useEffect, useState } from "react";
import { flushSync } from "react-dom";

/** What waits to be drawn, in the order in which it was asked for. */
const waiting = new Set<() => void>();
let timer: ReturnType<typeof setTimeout> | undefined;
let drawnMs = 0;

function drawNext(): void {
  timer = undefined;
  const [next] = waiting;
  if (next === undefined) return;
  waiting.delete(next);
  const start = performance.now();
  try {
    flushSync(next);
  } finally {
    drawnMs += performance.now() - start;
    drawSoon();
  }
}

function drawSoon(): void {
  if (timer === undefined && waiting.size > 0) timer = setTimeout(drawNext);
}

/** Draws in a task of its own, after what was asked for before. Returns what takes the wish back; it does nothing once that is drawn. */
export function inOwnTask(draw: () => void): () => void {
  waiting.add(draw);
  drawSoon();
  return () => {
    waiting.delete(draw);
  };
}

/** Milliseconds that drawing in tasks of their own has taken since the last call. */
export function takeDrawnMs(): number {
  const ms = drawnMs;
  drawnMs = 0;
  return ms;
}

/**
 * The value, a task later; undefined at first. Several pictures that change together, each drawn from what this returns, are drawn in a
 * task each, so that the page answers in between.
 */
export function useOwnTask<T>(value: T): T | undefined {
  const [shown, setShown] = useState<{ readonly value: T }>();
  useEffect(() => inOwnTask(() => setShown({ value })), [value]);
  return shown?.value;
}
