/** Language and theme of the pages beside the wall. */

import { useEffect, useState } from "preact/hooks";

import type { Language } from "./format";

export interface Look {
  readonly language: Language;
  readonly dark: boolean;
  switchLanguage(): void;
  switchTheme(): void;
}

/** Language and theme, kept in the address as on the wall. */
export function useLook(): Look {
  const asked = new URLSearchParams(location.search);
  const [language, setLanguage] = useState<Language>(asked.get("lang") === "en" ? "en" : "id");
  const theme = asked.get("theme");
  const [dark, setDark] = useState(theme === null ? matchMedia("(prefers-color-scheme: dark)").matches : theme === "dark");
  useEffect(() => {
    document.documentElement.lang = language;
    document.documentElement.dataset["theme"] = dark ? "dark" : "light";
  }, [language, dark]);
  const write = (key: string, value: string) => {
    const address = new URL(location.href);
    address.searchParams.set(key, value);
    history.replaceState(null, "", address);
  };
  return {
    language,
    dark,
    switchLanguage: () => {
      const next = language === "id" ? "en" : "id";
      setLanguage(next);
      write("lang", next);
    },
    switchTheme: () => {
      setDark(!dark);
      write("theme", dark ? "light" : "dark");
    },
  };
}
