/** What every part of the page needs to speak: language, time zone, the present. */

import { createContext } from "preact";
import { useContext } from "preact/hooks";

import type { Language } from "./format";
import { words, type Words } from "./words";

export interface View {
  readonly language: Language;
  readonly timezone: string;
  /** Milliseconds by the server's clock. */
  readonly now: number;
  readonly words: Words;
}

export const ViewContext = createContext<View>({
  language: "id",
  timezone: "Asia/Jakarta",
  now: 0,
  words: words("id"),
});

export function useView(): View {
  return useContext(ViewContext);
}

/** Seconds from an instant to the present. */
export function secondsSince(view: View, instant: string): number {
  return (view.now - Date.parse(instant)) / 1_000;
}
