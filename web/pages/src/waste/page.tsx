/** The page of the waste programme: every pile has a life, with its pictures and its hours. */

import type { JSX } from "preact";

import { Frame, Panel, useInAddress, useLatest } from "../board";
import { number, tenths, type Language } from "../format";
import { useLook } from "../look";
import { board, type Board } from "./api";
import { Card, hoursText, type Surroundings } from "./card";
import { COLUMNS, columns } from "./columns";
import { Places } from "./places";
import { words as wordsOf, type Words } from "./words";

const EVERY_MS = 5_000;
const FILES = "/api/v1/gareng-mesem";

export function App(): JSX.Element {
  const look = useLook();
  const words = wordsOf(look.language);
  const { known, failed, reload } = useLatest(board, EVERY_MS);
  const city = known === null ? null : { name: known.summary.city, demo: known.summary.demo };
  return (
    <Frame look={look} words={words} city={city} failed={failed} name="waste">
      {known === null ? null : <Shown known={known} words={words} language={look.language} onDone={reload} />}
    </Frame>
  );
}

interface ShownProps {
  readonly known: Board;
  readonly words: Words;
  readonly language: Language;
  onDone(): void;
}

function Shown({ known, words, language, onDone }: ShownProps): JSX.Element {
  const [marked, choose] = useInAddress("incident");
  const mark = (incident: string): void => choose(incident === marked ? null : incident);
  const places = columns(known.incidents, known.over);
  const around: Surroundings = {
    words,
    language,
    timezone: known.summary.timezone,
    now: Date.parse(known.summary.now),
    onDone,
  };
  return (
    <>
      <Strip known={known} words={words} language={language} />
      <section class="columns">
        {COLUMNS.map((name) => (
          <div key={name} class="column" data-column={name}>
            <h2>
              {words.columns[name]} <span class="figure dim">{places.get(name)?.length ?? 0}</span>
            </h2>
            {places.get(name)?.length === 0 && <p class="dim">{words.none}</p>}
            {places.get(name)?.map((incident) => (
              <Card
                key={incident.id}
                incident={incident}
                marked={incident.id === marked}
                around={around}
                onMark={() => mark(incident.id)}
              />
            ))}
          </div>
        ))}
      </section>
      <aside>
        <Panel title={words.map} file={`${FILES}/sites?format=geojson`} kind="GeoJSON">
          <Places sites={known.sites} open={known.incidents} marked={marked} words={words} onMark={mark} />
        </Panel>
        <Bins known={known} words={words} language={language} />
        <Tonnes known={known} words={words} language={language} />
      </aside>
    </>
  );
}

function Strip({ known, words, language }: Omit<ShownProps, "onDone">): JSX.Element {
  const { summary } = known;
  const tonnes = (value: number): string => number(value, language);
  const figures: readonly [string, string, string][] = [
    [words.open, String(summary.open), summary.late === 0 ? "" : `${summary.late} ${words.lateOnes}`],
    [words.median, hoursText(summary.median_h, language), words.ofClosed(summary.closed)],
    [words.repeats, String(summary.repeat_spots), ""],
    [words.tonnes, `${tonnes(summary.tonnes_today)} t`, words.lastWeek(tonnes(summary.tonnes_week_before))],
    [words.fullBins, `${summary.full_bins}/${summary.bins}`, ""],
    [words.reporting, `${summary.reporting}/${summary.sites}`, ""],
  ];
  return (
    <dl class="strip">
      {figures.map(([name, value, more]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd class="figure">{value}</dd>
          <dd class="dim">{more}</dd>
        </div>
      ))}
    </dl>
  );
}

function Bins({ known, words, language }: Omit<ShownProps, "onDone">): JSX.Element {
  const names = new Map(known.sites.map((site) => [site.id, site.name]));
  return (
    <Panel title={words.bins} hint={words.binsHint} file={`${FILES}/bins?format=csv`}>
      <table>
        <thead>
          <tr>
            <th scope="col">{words.bin}</th>
            <th scope="col" class="figure">
              {words.fill}
            </th>
            <th scope="col" class="figure">
              {words.forecast}
            </th>
          </tr>
        </thead>
        <tbody>
          {known.bins.map((bin) => (
            <tr key={bin.bin_id}>
              <th scope="row">
                {bin.bin_id} <span class="dim">{names.get(bin.waste_site_id)}</span>
              </th>
              <td class={bin.forecast === "full" ? "figure full" : "figure"}>
                {bin.percent === null ? "–" : `${number(bin.percent, language)} %`}
              </td>
              <td class="figure">
                {bin.full_in_h === null || bin.full_earliest_h === null || bin.full_latest_h === null
                  ? words.forecasts[bin.forecast]
                  : words.hours(
                      number(bin.full_in_h, language),
                      number(bin.full_earliest_h, language),
                      number(bin.full_latest_h, language),
                    )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function Tonnes({ known, words, language }: Omit<ShownProps, "onDone">): JSX.Element {
  return (
    <Panel title={words.tonnage} hint={words.tonnageHint} file={`${FILES}/tonnage?format=csv`}>
      <table>
        <thead>
          <tr>
            <th scope="col">{words.day}</th>
            <th scope="col">{words.site}</th>
            <th scope="col" class="figure">
              t
            </th>
            <th scope="col" class="figure">
              {words.weekBefore}
            </th>
            <th scope="col" class="figure">
              {words.unweighed}
            </th>
          </tr>
        </thead>
        <tbody>
          {[...known.tonnage].reverse().map((one) => (
            <tr key={`${one.waste_site_id} ${one.day}`}>
              <td class="figure" style={{ textAlign: "left" }}>
                {one.day.split("-").reverse().slice(0, 2).join("/")}
              </td>
              <th scope="row">{one.name}</th>
              <td class="figure">{tenths(one.tonnes, language)}</td>
              <td class="figure dim">{tenths(one.tonnes_week_before, language)}</td>
              <td class="figure dim">{one.unweighed_m3 === 0 ? "–" : number(one.unweighed_m3, language)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
