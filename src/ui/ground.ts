import { useSyncExternalStore } from "react";
import { useTheme } from "./theme";

const darkQuery = "(prefers-color-scheme: dark)";

function subscribe(changed: () => void): () => void {
  const query = matchMedia(darkQuery);
  query.addEventListener("change", changed);
  return () => query.removeEventListener("change", changed);
}

/** Whether the page is light or dark at present: for canvases, which no style sheet reaches. */
export function useGround(): "light" | "dark" {
  const theme = useTheme((state) => state.theme);
  const isDark = useSyncExternalStore(subscribe, () => matchMedia(darkQuery).matches);
  return theme === "system" ? (isDark ? "dark" : "light") : theme;
}
