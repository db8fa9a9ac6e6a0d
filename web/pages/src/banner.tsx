/** The line that says what is wrong with what the wall shows, or that there is too much of it. */

import type { JSX } from "preact";

import { ago, clock } from "./format";
import type { Surroundings } from "./live";
import { useView } from "./view";

interface Props {
  readonly around: Surroundings;
  /** Whether the stream is lost. */
  readonly lost: boolean;
}

export function Banner({ around, lost }: Props): JSX.Element | null {
  const { words, timezone, language, now } = useView();
  const flood = around.load.value?.flood_since ?? null;
  const failing = around.status.failingSince;
  const status = around.status.value;
  let text: string | null = null;
  if (failing !== null) {
    const say = around.status.unavailable ? words.noDatabase : words.noServer;
    text = say(clock(failing, timezone, language));
  } else if (lost) text = words.streamLost;
  else if (status !== null && !status.hearing) {
    const since =
      status.data_age_s === null
        ? words.notYet
        : words.stopped(ago(status.data_age_s + (now - Date.parse(status.now)) / 1_000, language));
    const { state, waiting } = status.ingest;
    text = `${since} ${words.ingest[state]}${waiting > 0 ? words.ingestWaits(waiting) : ""}`;
  } else if (flood !== null) {
    const since = clock(Date.parse(flood), timezone, language).slice(0, 5);
    text = words.flood(since, Math.round(around.load.value?.new ?? 0));
  }
  return text === null ? null : (
    <p class="banner" role="status">
      {text}
    </p>
  );
}
