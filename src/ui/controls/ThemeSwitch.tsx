import { Monitor, Moon, Sun } from "lucide-react";
import { setTheme, themes, useTheme } from "../theme";

const looks = {
  system: { label: "As the system", Icon: Monitor },
  light: { label: "Light", Icon: Sun },
  dark: { label: "Dark", Icon: Moon },
} as const;

export function ThemeSwitch() {
  const current = useTheme((state) => state.theme);
  return (
    <fieldset className="segments">
      <legend className="hidden">Colours</legend>
      {themes.map((theme) => {
        const { label, Icon } = looks[theme];
        return (
          <label key={theme} title={label}>
            <input
              type="radio"
              name="theme"
              value={theme}
              checked={theme === current}
              onChange={() => setTheme(theme)}
              aria-label={label}
            />
            <Icon aria-hidden />
          </label>
        );
      })}
    </fieldset>
  );
}
