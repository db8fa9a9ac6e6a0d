/** The top line: which city, how alive, how many, what time. */

import type { JSX } from "preact";
import { useRef } from "preact/hooks";

import type { Status } from "./api";
import { clock, shortAge } from "./format";
import { PriorityShape } from "./marks";
import { Navigation } from "./nav";
import type { Sound } from "./sound";
import type { Counts } from "./store";
import type { Connection } from "./stream";
import { useView } from "./view";
import { priorityWord } from "./words";

interface Props {
  readonly status: Status | null;
  readonly statusAgeS: number;
  /** Whether nobody knows how things stand just now. */
  readonly stale: boolean;
  readonly connection: Connection;
  readonly eventAt: number | null;
  readonly counts: Counts;
  readonly dark: boolean;
  readonly sound: Sound;
  onLanguage(): void;
  onTheme(): void;
  onHelp(): void;
}

export function Header(props: Props): JSX.Element {
  const { status, counts } = props;
  const view = useView();
  const { words, language } = view;
  return (
    <header class="top">
      <h1>
        Pantau <span class="city">{status?.city ?? ""}</span>
      </h1>
      {status?.demo === true && (
        <span class="badge demo" title={words.demoHint}>
          {words.demo}
        </span>
      )}
      <Navigation language={language} />
      <LiveBadge connection={props.connection} eventAt={props.eventAt} />
      {status !== null && <DataAge status={status} extraS={props.statusAgeS} stale={props.stale} />}
      <span class="counts" role="group" aria-label={words.active}>
        {counts.byPriority.map((n, index) => (
          <span
            key={index}
            class={n === 0 ? "count none" : "count"}
            title={`${priorityWord(index + 1, language)}: ${n}`}
          >
            <PriorityShape level={index + 1} />
            <span class="hidden">{priorityWord(index + 1, language)} </span>
            {n}
          </span>
        ))}
      </span>
      {status !== null && (
        <span class="fleet">
          <Fleet name={words.cameras} of={status.cameras} known={!props.stale} />
          <Fleet name={words.sensors} of={status.sensors} known={!props.stale} />
        </span>
      )}
      <span class="space" />
      <time class="clock" dateTime={new Date(view.now).toISOString()}>
        {clock(view.now, view.timezone, language)}
      </time>
      {status !== null && (
        <>
          <a class="operator" href="/api/v1/handover?format=html" target="_blank" rel="noopener">
            {words.handover}
          </a>
          <span class="operator" title={words.operator}>
            {status.operator}
          </span>
        </>
      )}
      <SoundSwitch sound={props.sound} />
      <span class="switches">
        <button type="button" onClick={props.onLanguage} title={words.language} aria-label={words.language}>
          {language === "id" ? "EN" : "ID"}
        </button>
        <button
          type="button"
          onClick={props.onTheme}
          title={props.dark ? words.themeLight : words.themeDark}
          aria-label={props.dark ? words.themeLight : words.themeDark}
        >
          <svg width="14" height="14" viewBox="0 0 16 16" aria-hidden="true">
            <path d="M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm0 1.5v11a5.5 5.5 0 0 1 0-11z" fill="currentColor" />
          </svg>
        </button>
        <button type="button" onClick={props.onHelp} title={`${words.help} (?)`} aria-label={words.help}>
          ?
        </button>
      </span>
    </header>
  );
}

/** Whether this person hears the wall: muting is theirs alone, and always to be seen. */
function SoundSwitch({ sound }: { sound: Sound }): JSX.Element {
  const { words } = useView();
  const word = sound.muted ? words.muted : sound.allowed ? words.sounds : words.soundLocked;
  // The press that first lets the page sound must not mute it in the same breath.
  const unlocks = useRef(false);
  return (
    <button
      type="button"
      class={sound.muted || !sound.allowed ? "badge sound off" : "badge sound"}
      aria-pressed={!sound.muted}
      onPointerDown={() => (unlocks.current = !sound.allowed && !sound.muted)}
      onClick={() => {
        if (!unlocks.current) sound.toggle();
        unlocks.current = false;
      }}
      title={`${word} (M)`}
    >
      <svg width="14" height="14" viewBox="0 0 16 16" aria-hidden="true">
        <path d="M2 6h3l4-3v10l-4-3H2z" fill="currentColor" />
        <path
          d={sound.muted ? "M11 6l4 4M15 6l-4 4" : "M11 5.5c1.5 1.5 1.5 3.5 0 5M13 4c2.3 2.3 2.3 5.7 0 8"}
          fill="none"
          stroke="currentColor"
          stroke-width="1.2"
        />
      </svg>
      <span class="hidden">{word}</span>
    </button>
  );
}

function LiveBadge({ connection, eventAt }: { connection: Connection; eventAt: number | null }): JSX.Element {
  const { words, language } = useView();
  const age = eventAt === null ? null : shortAge((Date.now() - eventAt) / 1_000, language);
  return (
    <span class={`badge live ${connection}`} role="status" title={age === null ? "" : `${words.lastEvent}: ${age}`}>
      <i class="dot" aria-hidden="true" />
      {words[connection]}
      {connection === "live" && age !== null && <span class="figure"> {age}</span>}
    </span>
  );
}

function DataAge(props: { status: Status; extraS: number; stale: boolean }): JSX.Element {
  const { words, language } = useView();
  const { data_age_s } = props.status;
  const ageS = data_age_s === null ? null : data_age_s + props.extraS;
  return (
    <span class={props.stale ? "badge warn" : "badge"} title={words.dataHint}>
      {words.data} <span class="figure">{ageS === null ? "–" : shortAge(ageS, language)}</span>
    </span>
  );
}

interface FleetProps {
  readonly name: string;
  readonly of: { readonly up: number; readonly total: number };
  /** Whether anything is heard at all; if not, nobody knows how many are up. */
  readonly known: boolean;
}

function Fleet({ name, of, known }: FleetProps): JSX.Element {
  return (
    <span class={known && of.up < of.total ? "short" : ""}>
      {name}{" "}
      <span class="figure">
        {known ? of.up : "–"}/{of.total}
      </span>
    </span>
  );
}
