/** Signs: priority is shape, word and colour together, never colour alone. */

import type { JSX } from "preact";

import { useView } from "./view";
import { priorityWord } from "./words";

const SHAPES: Record<number, string> = {
  1: "M5 1h6l4 4v6l-4 4H5l-4-4V5z",
  2: "M8 1.5 15.2 14.5H.8z",
  3: "M8 .8 15.2 8 8 15.2.8 8z",
  4: "M8 1.5a6.5 6.5 0 1 1 0 13a6.5 6.5 0 1 1 0-13z",
};

/** The bare shape, as a child of an SVG or as a picture of its own. */
export function shapePath(level: number): string {
  return SHAPES[Math.min(Math.max(level, 1), 4)] ?? "";
}

export function PriorityShape({ level, size = 14 }: { level: number; size?: number }): JSX.Element {
  return (
    <svg class={`shape p${level}`} width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      <path d={shapePath(level)} />
    </svg>
  );
}

export function Priority({ level }: { level: number }): JSX.Element {
  const { language } = useView();
  return (
    <span class="priority">
      <PriorityShape level={level} />
      {priorityWord(level, language)}
    </span>
  );
}

/** A wave for sensors, a lens for cameras. */
export function SourceSign({ kind }: { kind: string }): JSX.Element {
  return (
    <svg class="sign" width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
      {kind === "camera" ? (
        <path d="M1.5 4.5h9v7h-9zM10.5 7l4-2v6l-4-2z" />
      ) : (
        <path d="M1 9.5c2-5 4-5 5-1.5s3 3.5 4 0 2.5-4 5-1" />
      )}
    </svg>
  );
}
