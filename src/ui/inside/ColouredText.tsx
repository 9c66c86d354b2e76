import { type KeyboardEvent, memo, useEffect, useLayoutEffect, useMemo, useRef } from "react";
import { useGround } from "../time/palette";
import { colourBytes, levelOf, textInk, type ValueScale } from "./palette";
import type { Glyphs } from "./readingFacts";

interface Props {
  readonly tokens: Uint32Array;
  readonly glyphs: Glyphs;
  /** One value for each token; NaN leaves it without colour. */
  readonly values: Float32Array | undefined;
  readonly scale: ValueScale;
  /** The character looked at. */
  readonly at: number;
  readonly onLook: (at: number) => void;
  /** What a screen reader says of it. */
  readonly description: string;
}

/** One element for each character, made once for each text. */
const Characters = memo(function Characters({ tokens, glyphs }: Pick<Props, "tokens" | "glyphs">) {
  return Array.from(tokens, (token, i) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a character is its place
    <span key={i} data-at={i}>
      {glyphs.inText(token)}
    </span>
  ));
});

const PAGE = 20;
/** A sequence of so few has room for large letters. */
const SHORT = 60;

/** A text, each character on the colour of its value. Pointer, touch and arrow keys choose the character that is looked at. */
export function ColouredText({ tokens, glyphs, values, scale, at, onLook, description }: Props) {
  const ground = useGround();
  const box = useRef<HTMLDivElement>(null);
  const colours = useMemo(() => colourBytes(scale.kind, ground, true).map((colour) => `rgb(${colour.join(" ")})`), [scale.kind, ground]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another text has other elements
  useLayoutEffect(() => {
    for (const [i, element] of [...(box.current?.children ?? [])].entries()) {
      if (!(element instanceof HTMLElement)) continue;
      const colour = colours[levelOf(values?.[i], scale) ?? -1];
      element.style.background = colour ?? "";
      element.style.color = colour === undefined ? "" : textInk[ground];
    }
  }, [colours, ground, scale, values, tokens]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another text has other elements
  useEffect(() => {
    const element = box.current?.children[at];
    element?.setAttribute("data-looked-at", "");
    return () => element?.removeAttribute("data-looked-at");
  }, [at, tokens]);

  const look = (target: EventTarget): void => {
    const element = target instanceof Element ? target.closest("[data-at]") : null;
    const place = Number(element?.getAttribute("data-at") ?? Number.NaN);
    if (Number.isInteger(place)) onLook(place);
  };
  const move = (event: KeyboardEvent): void => {
    const by = stepOf(event.key, tokens, glyphs, at);
    if (by === undefined) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(tokens.length - 1, by));
    onLook(next);
    box.current?.children[next]?.scrollIntoView({ block: "nearest" });
  };
  return (
    <div
      ref={box}
      className="text coloured-text"
      data-testid="inside-text"
      data-short={tokens.length <= SHORT || undefined}
      role="slider"
      tabIndex={0}
      aria-label="The text, one character at a time: arrow keys move"
      aria-valuemin={1}
      aria-valuemax={tokens.length}
      aria-valuenow={at + 1}
      aria-valuetext={description}
      onPointerMove={(event) => {
        if (event.pointerType === "mouse") look(event.target);
      }}
      onClick={(event) => look(event.target)}
      onKeyDown={move}
    >
      <Characters tokens={tokens} glyphs={glyphs} />
    </div>
  );
}

/** Where a key leads: a character, twenty, a line, or an end. */
function stepOf(key: string, tokens: Uint32Array, glyphs: Glyphs, at: number): number | undefined {
  const isEnd = (i: number): boolean => i < 0 || i >= tokens.length || glyphs.inText(tokens[i] ?? 0).endsWith("\n");
  switch (key) {
    case "ArrowRight":
      return at + 1;
    case "ArrowLeft":
      return at - 1;
    case "PageDown":
      return at + PAGE;
    case "PageUp":
      return at - PAGE;
    case "Home":
      return 0;
    case "End":
      return tokens.length - 1;
    case "ArrowDown": {
      let next = at;
      while (!isEnd(next)) next++;
      return next + 1;
    }
    case "ArrowUp": {
      let start = at - 1;
      while (!isEnd(start)) start--;
      let before = start - 1;
      while (!isEnd(before)) before--;
      return before + 1;
    }
    default:
      return undefined;
  }
}
