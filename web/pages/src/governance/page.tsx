/** The governance page: which office, camera or sensor has not delivered? */

import type { JSX } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

import { Frame, Panel, useInAddress, useLatest } from "../board";
import { percent, type Language } from "../format";
import { useLook } from "../look";
import { kecamatanName } from "../map";
import { board, type Board, type Dataset, type Freshness } from "./api";
import { matrix } from "./matrix";
import { stateWord, words as wordsOf, type Words } from "./words";

const EVERY_MS = 30_000;
const FILES = "/api/v1/governance";

export function App(): JSX.Element {
  const look = useLook();
  const words = wordsOf(look.language);
  const { known, failed } = useLatest(board, EVERY_MS);
  const [opd, choose] = useInAddress("opd");
  const city = known === null ? null : { name: known.city, demo: known.demo };
  return (
    <Frame look={look} words={words} city={city} failed={failed} name="board">
      {known === null ? null : (
        <Shown known={known} words={words} language={look.language} opd={opd} choose={choose} />
      )}
    </Frame>
  );
}

interface ShownProps {
  readonly known: Board;
  readonly words: Words;
  readonly language: Language;
  readonly opd: string | null;
  choose(opd: string | null): void;
}

function Shown({ known, words, language, opd, choose }: ShownProps): JSX.Element {
  const shown = opd === null ? known.datasets : known.datasets.filter((one) => one.opd === opd);
  return (
    <>
      <Offices known={known} words={words} language={language} opd={opd} choose={choose} />
      <Datasets datasets={shown} words={words} language={language} opd={opd} choose={choose} />
      <Aside known={known} words={words} language={language} />
    </>
  );
}

const SHAPES: Record<Freshness, string> = {
  fresh: "M3 8.5l3.2 3L13 4.5",
  late: "M8 2l6 6-6 6-6-6z",
  silent: "M5.2 1.5h5.6l3.7 3.7v5.6l-3.7 3.7H5.2l-3.7-3.7V5.2z",
};

function Mark({ state }: { state: Freshness }): JSX.Element {
  return (
    <svg class={`mark ${state}`} viewBox="0 0 16 16" aria-hidden="true">
      <path
        d={SHAPES[state]}
        fill={state === "fresh" ? "none" : undefined}
        stroke={state === "fresh" ? "currentColor" : undefined}
        stroke-width={state === "fresh" ? 1.5 : 1}
      />
    </svg>
  );
}

function Offices({ known, words, language, opd, choose }: ShownProps): JSX.Element {
  const found = useMemo(() => matrix(known.days), [known.days]);
  const table = useRef<HTMLTableElement>(null);
  // Where the days do not all fit, the newest are the ones to be seen first.
  useLayoutEffect(() => {
    const panel = table.current?.parentElement;
    if (panel) panel.scrollLeft = panel.scrollWidth;
  }, [found.days.length]);
  if (found.rows.length === 0) {
    return (
      <Panel title={words.matrix} wide>
        <p class="dim">{words.none}</p>
      </Panel>
    );
  }
  return (
    <Panel title={words.matrix} hint={words.matrixHint} wide file={`${FILES}/days?format=csv`}>
      <div class="sideways">
        <table class="matrix" ref={table}>
          <thead>
            <tr>
              <th scope="col">{words.opd}</th>
              <th scope="col" class="figure">
                {words.share}
              </th>
              {found.days.map((day) => (
                <th key={day} scope="col" class={`day figure${isWeekend(day) ? " weekend" : ""}`} title={day}>
                  {day.slice(8)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {found.rows.map((row) => (
              <tr key={row.opd} class={row.opd === opd ? "chosen" : ""}>
                <th scope="row">
                  <button
                    type="button"
                    class="office"
                    aria-pressed={row.opd === opd}
                    onClick={() => choose(row.opd === opd ? null : row.opd)}
                  >
                    {row.name}
                  </button>
                </th>
                <td class="figure">{percent(row.share, language)}</td>
                {row.cells.map((cell, place) => (
                  <td key={found.days[place]} class={`day${isWeekend(found.days[place] ?? "") ? " weekend" : ""}`}>
                    {cell !== null && (
                      <span title={words.cell(cell.day, cell.fresh, cell.datasets)}>
                        <Mark state={cell.state} />
                        <span class="hidden">{stateWord(cell.state, language)}</span>
                      </span>
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="legend">
        {(["fresh", "late", "silent"] as const).map((state) => (
          <span key={state}>
            <Mark state={state} /> {stateWord(state, language)}
          </span>
        ))}
      </p>
    </Panel>
  );
}

/** 26/11/2026 of 2026-11-26. */
function dayText(day: string): string {
  return day.split("-").reverse().join("/");
}

function isWeekend(day: string): boolean {
  return [0, 6].includes(new Date(`${day}T00:00:00Z`).getUTCDay());
}

interface DatasetsProps {
  readonly datasets: readonly Dataset[];
  readonly words: Words;
  readonly language: Language;
  readonly opd: string | null;
  choose(opd: string | null): void;
}

const RANK = { silent: 0, late: 1, fresh: 2 };

function Datasets({ datasets, words, language, opd, choose }: DatasetsProps): JSX.Element {
  const [everything, setEverything] = useState(false);
  const [open, setOpen] = useState<string | null>(null);
  const judged = datasets.filter((one) => one.state !== null);
  const shown = judged
    .filter((one) => everything || one.state !== "fresh")
    .sort((a, b) => RANK[a.state ?? "fresh"] - RANK[b.state ?? "fresh"] || a.title.localeCompare(b.title));
  const fresh = judged.filter((one) => one.state === "fresh").length;
  return (
    <Panel title={`${words.today}: ${fresh}/${judged.length}`} file={`${FILES}/datasets?format=csv`}>
      <p>
        <button type="button" aria-pressed={everything} onClick={() => setEverything(!everything)}>
          {everything ? words.onlyMissing : words.all}
        </button>{" "}
        {opd !== null && (
          <button type="button" onClick={() => choose(null)}>
            {datasets[0]?.opd_name ?? opd} ×
          </button>
        )}
      </p>
      {shown.length === 0 ? (
        <p class="dim">{words.nothingMissing}</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">{words.dataset}</th>
              <th scope="col">{words.state}</th>
              <th scope="col" class="figure">
                {words.latest}
              </th>
              <th scope="col" class="figure">
                {words.streak}
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((one) => (
              <DatasetRow
                key={one.id}
                one={one}
                words={words}
                language={language}
                open={open === one.id}
                onOpen={() => setOpen(open === one.id ? null : one.id)}
              />
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

interface RowProps {
  readonly one: Dataset;
  readonly words: Words;
  readonly language: Language;
  readonly open: boolean;
  onOpen(): void;
}

function DatasetRow({ one, words, language, open, onOpen }: RowProps): JSX.Element {
  const state = one.state ?? "fresh";
  const facts = Object.entries({ ...(one.contact === null ? {} : { contact: one.contact }), ...one.metadata });
  return (
    <>
      <tr>
        <th scope="row">
          <button type="button" class="office" aria-expanded={open} onClick={onOpen}>
            {one.title}
          </button>{" "}
          <span class="dim">{one.opd_name ?? words.noOffice}</span>
        </th>
        <td class="state">
          <Mark state={state} /> {stateWord(state, language)}
        </td>
        <td class="figure">{one.latest === null ? words.never : dayText(one.latest)}</td>
        <td class="figure">{one.streak_days === 0 ? "–" : words.daysOf(one.streak_days)}</td>
      </tr>
      {open && (
        <tr>
          <td colSpan={4}>
            <dl class="facts">
              <dt>id</dt>
              <dd>{one.id}</dd>
              {facts.map(([name, value]) => (
                <>
                  <dt>{words.metadata[name] ?? name}</dt>
                  <dd>{value}</dd>
                </>
              ))}
            </dl>
          </td>
        </tr>
      )}
    </>
  );
}

function Aside({ known, words, language }: { known: Board; words: Words; language: Language }): JSX.Element {
  return (
    <div style={{ display: "grid", gap: "12px" }}>
      <Panel title={words.league} hint={words.leagueHint} file={`${FILES}/league?format=csv`}>
        <table>
          <tbody>
            {known.league.map((one) => (
              <tr key={one.opd}>
                <td class="figure dim">{one.place}</td>
                <th scope="row">{one.opd_name}</th>
                <td class="figure">
                  <span class="bar" aria-hidden="true">
                    <i style={{ width: `${one.share * 100}%` }} />
                  </span>
                  {percent(one.share, language)}
                </td>
                <td class="figure dim">{words.daysOf(one.streak_days)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Panel>
      <Panel title={words.places} hint={words.placesHint} file={`${FILES}/service-levels?format=csv`}>
        <table>
          <thead>
            <tr>
              <th scope="col">{words.code}</th>
              <th scope="col" class="figure">
                {words.delivered}
              </th>
              <th scope="col" class="figure">
                {words.availability}
              </th>
            </tr>
          </thead>
          <tbody>
            {known.kecamatan.map((one) => (
              <tr key={one.kecamatan}>
                <th scope="row">
                  {kecamatanName(one.kecamatan)} <span class="dim figure">{one.kecamatan}</span>
                </th>
                <td class="figure">
                  {one.delivered_today}/{one.sources}
                </td>
                <td class="figure">{percent(one.availability, language)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Panel>
      <Panel title={words.programmes} file={`${FILES}/programmes?format=csv`}>
        <table>
          <tbody>
            {known.programmes.map((one) => (
              <tr key={one.id}>
                <th scope="row">
                  {one.name} <span class="dim">{one.dimension}</span>
                </th>
                <td class="figure">{one.datasets === 0 ? "–" : `${one.fresh}/${one.datasets}`}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Panel>
    </div>
  );
}
