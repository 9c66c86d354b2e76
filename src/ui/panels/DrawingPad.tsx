import { Eraser } from "lucide-react";
import { type PointerEvent, useEffect, useRef } from "react";
import { IMAGE_SIZE, toMnistImage } from "../drawing";

const SIDE = 280;
const PEN = 22;

const contextOf = (canvas: HTMLCanvasElement): CanvasRenderingContext2D | null => canvas.getContext("2d", { willReadFrequently: true });

const clear = (canvas: HTMLCanvasElement): void => contextOf(canvas)?.clearRect(0, 0, SIDE, SIDE);

/** Ink is opacity: how much of it lies on each pixel. */
function inkOf(canvas: HTMLCanvasElement): Uint8Array | undefined {
  const data = contextOf(canvas)?.getImageData(0, 0, SIDE, SIDE).data;
  if (data === undefined) return undefined;
  const ink = new Uint8Array(SIDE * SIDE);
  for (let i = 0; i < ink.length; i++) ink[i] = data[4 * i + 3]!;
  return ink.some((value) => value > 0) ? ink : undefined;
}

/** Shows a 28 x 28 picture in the pad, as large squares. */
function showPicture(canvas: HTMLCanvasElement, pixels: Uint8Array): void {
  clear(canvas);
  const context = contextOf(canvas);
  if (!context) return;
  const square = SIDE / IMAGE_SIZE;
  pixels.forEach((value, i) => {
    context.fillStyle = `rgb(0 0 0 / ${value / 255})`;
    context.fillRect((i % IMAGE_SIZE) * square, Math.floor(i / IMAGE_SIZE) * square, square, square);
  });
}

interface Props {
  /** A test digit to show instead of a drawing. */
  readonly loaded: Uint8Array | undefined;
  /** The drawing as a 28 x 28 picture; undefined when it is empty. */
  readonly onDraw: (pixels: Uint8Array | undefined) => void;
}

/** A square to draw a digit in, by mouse, touch or pen. */
export function DrawingPad({ loaded, onDraw }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const last = useRef<readonly [x: number, y: number] | undefined>(undefined);
  const holdsLoaded = useRef(false);
  useEffect(() => {
    if (loaded === undefined || canvas.current === null) return;
    showPicture(canvas.current, loaded);
    holdsLoaded.current = true;
  }, [loaded]);

  const position = (event: { readonly clientX: number; readonly clientY: number }, box: DOMRect): readonly [number, number] => [
    ((event.clientX - box.left) * SIDE) / box.width,
    ((event.clientY - box.top) * SIDE) / box.height,
  ];

  const stroke = (event: PointerEvent<HTMLCanvasElement>): void => {
    const element = event.currentTarget;
    const context = contextOf(element);
    if (!context || last.current === undefined) return;
    const box = element.getBoundingClientRect();
    const events = event.nativeEvent.getCoalescedEvents?.() ?? [];
    context.lineWidth = PEN;
    context.lineCap = "round";
    context.lineJoin = "round";
    context.strokeStyle = "#000";
    context.beginPath();
    context.moveTo(...last.current);
    for (const each of events.length > 0 ? events : [event]) {
      last.current = position(each, box);
      context.lineTo(...last.current);
    }
    context.stroke();
    const ink = inkOf(element);
    onDraw(ink && toMnistImage(ink, SIDE, SIDE));
  };

  const start = (event: PointerEvent<HTMLCanvasElement>): void => {
    if (event.button !== 0) return;
    event.preventDefault();
    event.currentTarget.setPointerCapture(event.pointerId);
    if (holdsLoaded.current) clear(event.currentTarget);
    holdsLoaded.current = false;
    last.current = position(event, event.currentTarget.getBoundingClientRect());
    stroke(event);
  };
  const end = (): void => {
    last.current = undefined;
  };

  return (
    <section className="pad-part" aria-labelledby="pad-title">
      <div className="section-head">
        <h2 id="pad-title">Draw a digit</h2>
        <button
          type="button"
          onClick={() => {
            if (canvas.current !== null) clear(canvas.current);
            holdsLoaded.current = false;
            onDraw(undefined);
          }}
        >
          <Eraser aria-hidden /> Clear
        </button>
      </div>
      <canvas
        ref={canvas}
        className="pad"
        data-testid="pad"
        width={SIDE}
        height={SIDE}
        role="img"
        aria-label="Drawing pad. Without a pointer, choose one of the test digits instead."
        onPointerDown={start}
        onPointerMove={stroke}
        onPointerUp={end}
        onPointerCancel={end}
      />
    </section>
  );
}
