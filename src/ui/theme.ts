import { create } from "zustand";

export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

const KEY = "unroll-theme";

function remembered(): Theme {
  try {
    const saved = localStorage.getItem(KEY);
    return themes.find((theme) => theme === saved) ?? "system";
  } catch {
    return "system";
  }
}

/** The theme asked for; the head of index.html applies it before the first paint. */
export const useTheme = create<{ readonly theme: Theme }>(() => ({ theme: remembered() }));

export function setTheme(theme: Theme): void {
  useTheme.setState({ theme });
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Storage may be forbidden: the choice then lasts as long as the page.
  }
}
