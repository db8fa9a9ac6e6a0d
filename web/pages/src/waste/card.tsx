/** One incident on the board: its pictures, its clock, and what can be done with it. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { dayAndClock, number, shortAge, type Language } from "../format";
import { keep, take, type Given, type Incident, type Step } from "./api";
import { STEPS } from "./columns";
import type { Words } from "./words";

export interface Surroundings {
  readonly words: Words;
  readonly language: Language;
  readonly timezone: string;
  /** Milliseconds by the server's clock. */
  readonly now: number;
  /** Called when something was done. */
  onDone(): void;
}

/** What a step asks for; a step that asks for nothing is taken at once. */
const ASKS: Record<Step, readonly ("crew" | "reason" | "photograph")[]> = {
  verify: [],
  reject: ["reason"],
  dispatch: ["crew"],
  clear: ["photograph"],
  close: ["reason", "photograph"],
  reopen: ["reason"],
};

export function Card(props: { incident: Incident; marked: boolean; around: Surroundings; onMark(): void }): JSX.Element {
  const { incident, around } = props;
  const { words, language, now } = around;
  const [asked, ask] = useState<Step | null>(null);
  const [refused, setRefused] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const act = (step: Step, given: Given, photograph: File | null): void => {
    setBusy(true);
    setRefused(null);
    const kept = photograph === null ? Promise.resolve({}) : keep(photograph).then((evidence) => ({ evidence }));
    kept
      .then((evidence) => take(incident, step, { ...given, ...evidence }))
      .then(
        () => {
          ask(null);
          around.onDone();
        },
        (error: unknown) => {
          setRefused(error instanceof Error ? error.message : String(error));
          around.onDone();
        },
      )
      .finally(() => setBusy(false));
  };
  const age = shortAge((now - Date.parse(incident.detected_at)) / 1_000, language);
  const took =
    incident.cleared_at === null
      ? null
      : shortAge((Date.parse(incident.cleared_at) - Date.parse(incident.detected_at)) / 1_000, language);
  return (
    <article class={props.marked ? "card marked" : "card"} data-incident={incident.id} data-state={incident.state}>
      <header onClick={props.onMark}>
        <h3>{incident.title}</h3>
        <span class="figure dim" title={dayAndClock(Date.parse(incident.detected_at), around.timezone, language)}>
          {incident.state === "closed" && took !== null ? words.took(took) : age}
        </span>
      </header>
      <div class="pair">
        <Shot address={incident.before_url} label={words.before} words={words} />
        <Shot address={incident.after_url} label={words.after} words={words} />
      </div>
      <p class="facts">
        {incident.late && (
          <strong class="late">
            <svg viewBox="0 0 16 16" aria-hidden="true">
              <path d="M8 1l7 13H1z" />
            </svg>
            {words.late}
          </strong>
        )}
        {incident.due_at !== null && (
          <span class="figure">{words.due(dayAndClock(Date.parse(incident.due_at), around.timezone, language))}</span>
        )}
        <span>{incident.seen && incident.state !== "closed" ? words.seen : words[incident.origin]}</span>
        {incident.crew !== null && <span>{incident.crew}</span>}
        {incident.piles > 1 && <span>{words.piles(incident.piles)}</span>}
        {incident.reopened > 0 && <span>{words.reopened(incident.reopened)}</span>}
      </p>
      {asked === null ? (
        <p class="steps">
          {STEPS[incident.state].map((step, place) => (
            <button
              key={step}
              type="button"
              class={place === 0 && incident.state !== "closed" ? "usual" : ""}
              data-step={step}
              disabled={busy}
              onClick={() => (ASKS[step].length === 0 ? act(step, {}, null) : ask(step))}
            >
              {words.steps[step]}
            </button>
          ))}
        </p>
      ) : (
        <Asked key={asked} step={asked} words={words} busy={busy} onTake={act} onCancel={() => ask(null)} />
      )}
      {refused !== null && (
        <p class="refused" role="alert">
          {refused}
        </p>
      )}
    </article>
  );
}

function Asked(props: {
  step: Step;
  words: Words;
  busy: boolean;
  onTake(step: Step, given: Given, photograph: File | null): void;
  onCancel(): void;
}): JSX.Element {
  const { step, words } = props;
  const [text, setText] = useState("");
  const [photograph, setPhotograph] = useState<File | null>(null);
  const asks = ASKS[step];
  const written = asks.includes("crew") ? "crew" : asks.includes("reason") ? "reason" : null;
  const given: Given = written === null || text.trim() === "" ? {} : { [written]: text.trim() };
  // A claim may be proven by picture or by words; the others must say why, or who.
  const complete = step === "clear" || text.trim() !== "" || (step === "close" && photograph !== null);
  return (
    <form
      class="asked"
      onSubmit={(event) => {
        event.preventDefault();
        if (complete) props.onTake(step, given, photograph);
      }}
    >
      {written !== null && (
        <label>
          {words[written]}
          <input
            type="text"
            maxLength={written === "crew" ? 100 : 500}
            value={text}
            ref={(input) => input?.focus()}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
      )}
      {asks.includes("photograph") && (
        <label>
          {words.photograph}
          <input
            type="file"
            accept="image/jpeg,image/png"
            onChange={(event) => setPhotograph(event.currentTarget.files?.[0] ?? null)}
          />
        </label>
      )}
      <button type="submit" class="usual" disabled={props.busy || !complete}>
        {words.steps[step]}
      </button>
      <button type="button" onClick={props.onCancel}>
        {words.cancel}
      </button>
    </form>
  );
}

function Shot({ address, label, words }: { address: string | null; label: string; words: Words }): JSX.Element {
  const [missing, setMissing] = useState<string | null>(null);
  return (
    <figure>
      {address === null || missing === address ? (
        <p class="placeholder">{address === null ? words.noPicture : words.coming}</p>
      ) : (
        <a href={address} target="_blank" rel="noreferrer">
          <img src={address} alt={label} loading="lazy" onError={() => setMissing(address)} />
        </a>
      )}
      <figcaption>{label}</figcaption>
    </figure>
  );
}

/** Hours as people say them: 3,5 jam; 12 menit; 40 detik. */
export function hoursText(value: number | null, language: Language): string {
  if (value === null) return "–";
  const units = language === "id" ? ["detik", "menit", "jam"] : ["s", "min", "h"];
  if (value < 1 / 60) return `${number(value * 3_600, language, true)} ${units[0]}`;
  if (value < 1) return `${number(value * 60, language, true)} ${units[1]}`;
  return `${number(value, language)} ${units[2]}`;
}
