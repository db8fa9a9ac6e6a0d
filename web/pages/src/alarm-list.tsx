/** The list: rows of one line that never move under a reader's hand. */

import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

import type { Alarm } from "./api";
import { shortAge, titleParts } from "./format";
import { Priority, SourceSign } from "./marks";
import { arrange, belongs, type Tab } from "./order";
import type { Alarms } from "./store";
import { secondsSince, useView } from "./view";
import { priorityWord, stateWord } from "./words";

/** How long after the last touch somebody still counts as reading. */
const READING_MS = 10_000;

interface Props {
  readonly alarms: Alarms;
  readonly wanted: readonly string[];
  /** How many more alarms of the same group stand behind a row. */
  readonly more: ReadonlyMap<string, number>;
  /** What else, beside tab and site, makes this another list. */
  readonly view: string;
  readonly tab: Tab;
  readonly site: string | null;
  readonly selected: string | null;
  /** When a key last moved the selection, by this browser's clock. */
  readonly touchedAt: number;
  onSelect(id: string): void;
  onShown(ids: readonly string[]): void;
  onGroup(group: string): void;
}

export function AlarmList(props: Props): JSX.Element {
  const { words } = useView();
  const box = useRef<HTMLDivElement>(null);
  const pointer = useRef<number | null>(null);
  const kept = useRef<{ view: string; ids: readonly string[] }>({ view: "", ids: [] });
  const rowTop = useRef<number | null>(null);
  const [, redraw] = useState(0);

  const view = `${props.tab}/${props.site ?? ""}/${props.view}`;
  if (kept.current.view !== view) kept.current = { view, ids: [] };
  const touchedAt = Math.max(props.touchedAt, pointer.current ?? 0);
  const reading = Date.now() - touchedAt < READING_MS;
  const { ids, waiting } = arrange(
    kept.current.ids.filter((id) => props.alarms.has(id)),
    props.wanted,
    reading,
  );
  kept.current = { view, ids };

  useLayoutEffect(() => props.onShown(ids), [ids.join()]);

  // Rows entering above must not push the selected row away: scroll by as much as it moved.
  useLayoutEffect(() => {
    const row = props.selected === null ? null : document.getElementById(`row-${props.selected}`);
    const top = row?.offsetTop ?? null;
    if (box.current !== null && top !== null && rowTop.current !== null && box.current.scrollTop > 0) {
      box.current.scrollTop += top - rowTop.current;
    }
    rowTop.current = top;
  }, [ids.join(), props.selected]);

  function letIn(): void {
    pointer.current = null;
    kept.current = { view, ids: [] };
    redraw((n) => n + 1);
  }

  return (
    <div class="list-frame">
      {waiting.length > 0 && (
        <button type="button" class={urgent(waiting, props.alarms) ? "pill urgent" : "pill"} onClick={letIn}>
          ↑ {words.waiting(waiting.length)}
        </button>
      )}
      <div
        class="list"
        ref={box}
        role="listbox"
        tabIndex={0}
        aria-label={words.wall}
        aria-activedescendant={props.selected === null ? undefined : `row-${props.selected}`}
        onPointerMove={(event) => {
          if (event.pointerType === "mouse") pointer.current = Date.now();
        }}
        onPointerLeave={() => (pointer.current = null)}
      >
        {ids.map((id) => {
          const alarm = props.alarms.get(id);
          return (
            alarm !== undefined && (
              <Row
                key={id}
                alarm={alarm}
                gone={!belongs(alarm, props.tab)}
                selected={id === props.selected}
                more={props.more.get(id) ?? 0}
                onSelect={props.onSelect}
                onGroup={props.onGroup}
              />
            )
          );
        })}
      </div>
    </div>
  );
}

function urgent(ids: readonly string[], alarms: Alarms): boolean {
  return ids.some((id) => (alarms.get(id)?.priority_level ?? 4) <= 2);
}

interface RowProps {
  readonly alarm: Alarm;
  readonly gone: boolean;
  readonly selected: boolean;
  readonly more: number;
  onSelect(id: string): void;
  onGroup(group: string): void;
}

function Row({ alarm, gone, selected, more, onSelect, onGroup }: RowProps): JSX.Element {
  const view = useView();
  const { language } = view;
  const age = shortAge(secondsSince(view, alarm.raised_at), language);
  const left =
    alarm.state === "SHLVD" && alarm.shelf !== null
      ? view.words.left(shortAge(-secondsSince(view, alarm.shelf.until), language))
      : null;
  const state = stateWord(alarm.state, language);
  const [what, figure] = titleParts(alarm.title);
  const classes = ["row", `p${alarm.priority_level}`, alarm.acked ? "acked" : "unacked", gone ? "gone" : ""];
  return (
    <div
      id={`row-${alarm.id}`}
      class={classes.join(" ")}
      role="option"
      aria-selected={selected}
      aria-label={`${priorityWord(alarm.priority_level, language)}. ${alarm.title}. ${alarm.site_name}. ${state}. ${age}`}
      onClick={() => onSelect(alarm.id)}
    >
      <Priority level={alarm.priority_level} />
      <span class="title" title={alarm.title}>
        <span class="words">{what}</span>
        <span class="figure">{figure}</span>
        {more > 0 && (
          <button
            type="button"
            class="behind"
            title={view.words.behind(more)}
            aria-label={view.words.behind(more)}
            onClick={(event) => {
              event.stopPropagation();
              onGroup(alarm.group);
            }}
          >
            +{more}
          </button>
        )}
        {alarm.occurrences > 1 && <span class="again"> ×{alarm.occurrences}</span>}
      </span>
      <span class="mark" title={state}>
        {mark(alarm)}
      </span>
      <span class="site" title={alarm.site_name}>
        {alarm.site_name}
      </span>
      <span class="age">{left ?? age}</span>
      <Thumbnail alarm={alarm} />
    </div>
  );
}

/** One sign for the state: the words stand in its title and beside the picture. */
function mark(alarm: Alarm): string {
  switch (alarm.state) {
    case "SHLVD":
      return "…";
    case "DSUPR":
      return "×";
    case "OOSRV":
      return "–";
    case "LATCH":
      return "●";
    case "RTNUN":
      return "↺";
    default:
      return alarm.acked ? "✓" : "";
  }
}

/** A picture that has not arrived is asked for again after this long. */
const THUMBNAIL_RETRY_MS = 15_000;

function Thumbnail({ alarm }: { alarm: Alarm }): JSX.Element {
  const { now } = useView();
  const [failedAt, setFailedAt] = useState<number | null>(null);
  const [loaded, setLoaded] = useState(false);
  const wanted = alarm.evidence_url !== null && (failedAt === null || now - failedAt > THUMBNAIL_RETRY_MS);
  return (
    <span class="thumb">
      {wanted ? (
        <img
          key={alarm.evidence_url}
          class={loaded ? "" : "loading"}
          src={alarm.evidence_url ?? ""}
          alt=""
          loading="lazy"
          decoding="async"
          onLoad={() => setLoaded(true)}
          onError={() => setFailedAt(now)}
        />
      ) : (
        <SourceSign kind={alarm.source_kind} />
      )}
    </span>
  );
}
