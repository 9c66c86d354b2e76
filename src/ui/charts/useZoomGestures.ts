import { type RefObject, useEffect, useRef, useState } from "react";
import type { ChartData } from "./chartData";
import { runSpan, setCursor, showAll, shownSpan, showRange } from "./chartSettings";
import type { PlotArea } from "./plotSpec";
import { pinched, rangeBetween, type Span, stepAt, zoomed } from "./ranges";

/** A press that moves less than this is none. */
const DRAG_PIXELS = 6;
/** A wheel turned by 100 pixels zooms by this. */
const WHEEL = 1.25;

type Pixels = readonly [start: number, end: number];

/**
 * Zooming with a pointer: a range is dragged with a mouse or pen, pinched with two fingers, or turned with the wheel and Ctrl; a double
 * click goes back. Where the pointer rests the cursor is. Returns the range being dragged, in pixels.
 */
export function useZoomGestures(ref: RefObject<HTMLElement | null>, data: ChartData, area: PlotArea): Pixels | undefined {
  const [selection, setSelection] = useState<Pixels>();
  // The listeners stay while rows come in.
  const now = useRef({ data, area });
  now.current = { data, area };
  useEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const fingers = new Map<number, number>();
    let dragged: { readonly id: number; readonly start: number; end: number } | undefined;
    let pinch: { readonly span: Span; readonly before: Span } | undefined;
    const pixelOf = (event: MouseEvent): number => event.clientX - element.getBoundingClientRect().left;
    const inside = (pixel: number): number => {
      const { left, width } = now.current.area;
      return Math.min(left + width, Math.max(left, pixel));
    };
    const fraction = (pixel: number): number => (pixel - now.current.area.left) / now.current.area.width;
    const stepOf = (pixel: number): number => stepAt(fraction(inside(pixel)), now.current.data.x.domain, now.current.data.logX);
    const ends = (): Span => {
      const [a = 0, b = 0] = [...fingers.values()].sort((one, other) => one - other).map(fraction);
      return [a, b];
    };
    const stopDrag = (): void => {
      dragged = undefined;
      setSelection(undefined);
    };

    const onDown = (event: PointerEvent): void => {
      if (event.pointerType === "touch") {
        fingers.set(event.pointerId, pixelOf(event));
        if (fingers.size === 2) pinch = { span: shownSpan(), before: ends() };
      } else if (event.button === 0) {
        dragged = { id: event.pointerId, start: inside(pixelOf(event)), end: inside(pixelOf(event)) };
        element.setPointerCapture(event.pointerId);
      }
      setCursor(Math.round(stepOf(pixelOf(event))));
    };
    const onMove = (event: PointerEvent): void => {
      const pixel = pixelOf(event);
      if (fingers.has(event.pointerId)) fingers.set(event.pointerId, pixel);
      if (pinch !== undefined && fingers.size === 2) {
        showRange(pinched(pinch.span, pinch.before, ends(), runSpan(), now.current.data.logX));
        return;
      }
      if (dragged !== undefined) {
        dragged.end = inside(pixel);
        setSelection(Math.abs(dragged.end - dragged.start) < DRAG_PIXELS ? undefined : [dragged.start, dragged.end]);
      }
      setCursor(Math.round(stepOf(pixel)));
    };
    const onUp = (event: PointerEvent): void => {
      fingers.delete(event.pointerId);
      if (fingers.size < 2) pinch = undefined;
      if (dragged?.id !== event.pointerId) return;
      const { start, end } = dragged;
      stopDrag();
      if (event.type === "pointerup" && Math.abs(end - start) >= DRAG_PIXELS)
        showRange(rangeBetween(stepOf(start), stepOf(end), runSpan()));
    };
    const onLeave = (event: PointerEvent): void => {
      if (event.pointerType !== "touch") setCursor(undefined);
    };
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== "Escape" || dragged === undefined) return;
      event.stopImmediatePropagation();
      stopDrag();
    };
    const onWheel = (event: WheelEvent): void => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      showRange(zoomed(shownSpan(), stepOf(pixelOf(event)), WHEEL ** (event.deltaY / 100), runSpan(), now.current.data.logX));
    };
    const listeners = new AbortController();
    const { signal } = listeners;
    element.addEventListener("pointerdown", onDown, { signal });
    element.addEventListener("pointermove", onMove, { signal });
    element.addEventListener("pointerup", onUp, { signal });
    element.addEventListener("pointercancel", onUp, { signal });
    element.addEventListener("pointerleave", onLeave, { signal });
    element.addEventListener("dblclick", showAll, { signal });
    element.addEventListener("wheel", onWheel, { signal, passive: false });
    element.addEventListener("keydown", onKey, { signal, capture: true });
    return () => listeners.abort();
  }, [ref]);
  return selection;
}
