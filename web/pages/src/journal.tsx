/** What people say about the selected alarm: notes, and who takes care of it. */

import type { JSX } from "preact";
import { useCallback, useEffect, useState } from "preact/hooks";

import { get, say, type Alarm, type Entry, type JournalListing } from "./api";
import { clock } from "./format";
import { useView } from "./view";
import type { Words } from "./words";

const EVERY_MS = 10_000;

/** Where the wall's keys find them. */
export const NOTE_FIELD = "journal-note";
export const MINE_BUTTON = "journal-mine";

export function Journal({ alarm }: { alarm: Alarm }): JSX.Element {
  const { words, timezone, language } = useView();
  const [listing, setListing] = useState<JournalListing | null>(null);
  const [text, setText] = useState("");
  const [failed, setFailed] = useState<string | null>(null);
  const load = useCallback(
    () => get<JournalListing>(`alarms/${encodeURIComponent(alarm.id)}/journal`).then(setListing, () => undefined),
    [alarm.id],
  );
  useEffect(() => {
    setListing(null);
    void load();
    const timer = setInterval(() => void load(), EVERY_MS);
    return () => clearInterval(timer);
  }, [load]);

  function tell(what: "notes" | "assign", body: object): void {
    setFailed(null);
    say(alarm, what, body).then(
      () => {
        if (what === "notes") setText("");
        void load();
      },
      (error: unknown) => setFailed(error instanceof Error ? error.message : words.failed),
    );
  }

  const id = encodeURIComponent(alarm.id);
  return (
    <section class="journal" aria-label={words.notes}>
      <h3>
        {words.notes}
        {listing !== null && listing.assignee !== null && (
          <span class="dim"> · {words.assigned(listing.assignee)}</span>
        )}
      </h3>
      <ol class="history">
        {(listing?.items ?? []).map((entry) => (
          <li key={entry.id}>
            <time dateTime={entry.at} class="figure">
              {clock(Date.parse(entry.at), timezone, language).slice(0, 5)}
            </time>{" "}
            <span class="dim">{entry.actor}</span> <Said entry={entry} words={words} />
          </li>
        ))}
      </ol>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim() !== "") tell("notes", { text });
        }}
      >
        <textarea
          id={NOTE_FIELD}
          rows={2}
          maxLength={4000}
          value={text}
          placeholder={words.noteHint}
          aria-label={words.noteHint}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.currentTarget.form?.requestSubmit();
            if (event.key === "Escape") event.currentTarget.blur();
          }}
        />
        <p>
          <button type="submit" disabled={text.trim() === ""}>
            {words.keepNote}
          </button>
          <button type="button" id={MINE_BUTTON} onClick={() => tell("assign", {})}>
            {words.mine} <kbd>O</kbd>
          </button>
          <a href={`/api/v1/alarms/${id}/record?format=html`} target="_blank" rel="noopener">
            {words.print}
          </a>
        </p>
        {failed !== null && <p role="alert">{failed}</p>}
      </form>
    </section>
  );
}

function Said({ entry, words }: { entry: Entry; words: Words }): JSX.Element {
  if (entry.kind === "assign") {
    return (
      <>
        {entry.assignee === null ? words.unassigned : words.assigned(entry.assignee)} {entry.text}
      </>
    );
  }
  if (entry.kind === "link") return <a href={`/?alarm=${entry.linked ?? ""}`}>{entry.text || words.linked}</a>;
  if (entry.kind === "attach") return <a href={entry.url ?? ""}>{entry.text}</a>;
  return <>{entry.text}</>;
}
