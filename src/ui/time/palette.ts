import { useSyncExternalStore } from "react";
import { useTheme } from "../theme";
import type { Ground } from "./colourScale";

/** The page's colours as a canvas takes them. */
export interface Palette {
  readonly ground: Ground;
  readonly paper: string;
  readonly ink: string;
  readonly ink2: string;
  readonly ink3: string;
  readonly rule: string;
  readonly ruleStrong: string;
  readonly wrong: string;
  /** Of the family of cells. */
  readonly cell: string;
}

/** Resolves the style sheet's colours where `element` is. */
export function readPalette(element: HTMLElement): Palette {
  const probe = document.createElement("span");
  element.append(probe);
  const style = getComputedStyle(probe);
  const resolved = (colour: string): string => {
    probe.style.color = colour;
    return style.color;
  };
  const palette: Palette = {
    ground: /\b0, 0, 0\b/.test(resolved("light-dark(rgb(0 0 0), rgb(255 255 255))")) ? "light" : "dark",
    paper: resolved("var(--paper)"),
    ink: resolved("var(--ink)"),
    ink2: resolved("var(--ink-2)"),
    ink3: resolved("var(--ink-3)"),
    rule: resolved("var(--rule)"),
    ruleStrong: resolved("var(--rule-strong)"),
    wrong: resolved("var(--wrong)"),
    cell: resolved("var(--cell)"),
  };
  probe.remove();
  return palette;
}

const dark = () => matchMedia("(prefers-color-scheme: dark)");

function watch(changed: () => void): () => void {
  const query = dark();
  query.addEventListener("change", changed);
  return () => query.removeEventListener("change", changed);
}

/** Whether the page is light or dark now. */
export function useGround(): Ground {
  const theme = useTheme((state) => state.theme);
  const systemIsDark = useSyncExternalStore(watch, () => dark().matches);
  return theme === "system" ? (systemIsDark ? "dark" : "light") : theme;
}
