/** What keys do on the wall. */

import { useLayoutEffect, useRef } from "preact/hooks";

import { MINE_BUTTON, NOTE_FIELD } from "./journal";

export interface Keys {
  move(step: 1 | -1): void;
  open(): void;
  accept(): void;
  shelve(): void;
  clear(): void;
  mute(): void;
  help(): void;
  readonly helping: boolean;
  readonly writing: boolean;
}

export function useKeys(keys: Keys): void {
  const latest = useRef(keys);
  latest.current = keys;
  // Before the wall is painted: whoever sees it may press.
  useLayoutEffect(() => {
    function onKey(event: KeyboardEvent): void {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const inScroll = event.target instanceof Element && event.target.closest(".scroll") !== null;
      if (event.target instanceof HTMLTextAreaElement) return;
      const onButton = event.target instanceof Element && event.target.closest("button") !== null;
      const { move, open, accept, shelve, clear, mute, help, helping, writing } = latest.current;
      // Whoever writes a reason means letters; Escape closes the dialog by the browser's own doing.
      if (writing || (helping && event.key !== "Escape" && event.key !== "?")) return;
      if (event.key === "j" || event.key === "J" || (event.key === "ArrowDown" && !inScroll)) move(1);
      else if (event.key === "k" || event.key === "K" || (event.key === "ArrowUp" && !inScroll)) move(-1);
      else if (event.key === "Enter" && !onButton) open();
      // Held down, a key must not accept one alarm after another.
      else if ((event.key === "a" || event.key === "A") && !event.repeat) accept();
      else if ((event.key === "s" || event.key === "S") && !event.repeat) shelve();
      else if (event.key === "n" || event.key === "N") document.getElementById(NOTE_FIELD)?.focus();
      else if ((event.key === "o" || event.key === "O") && !event.repeat) document.getElementById(MINE_BUTTON)?.click();
      else if ((event.key === "m" || event.key === "M") && !event.repeat) mute();
      else if (event.key === "Escape") clear();
      else if (event.key === "?") help();
      else return;
      event.preventDefault();
    }
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}
