/** Around the alarms: where things stand, what they measure, what cameras see. */

import type { ComponentChildren, JSX } from "preact";

import type { Alarm, Camera, LatestValue, Site } from "./api";
import { quantity, shortAge } from "./format";
import { kecamatanLabels, paper } from "./map";
import { Priority, shapePath } from "./marks";
import { LatestPicture } from "./picture";
import { secondsSince, useView } from "./view";
import { presenceWord, priorityWord, qualityWord } from "./words";

interface PanelProps {
  readonly name: string;
  readonly title: string;
  /** Beside the title. */
  readonly aside?: ComponentChildren;
  readonly children: ComponentChildren;
}

export function Panel(props: PanelProps): JSX.Element {
  return (
    <section class={`panel ${props.name}`} aria-label={props.title}>
      <h2>
        {props.title}
        {props.aside}
      </h2>
      {props.children}
    </section>
  );
}

export function Skeleton({ rows }: { rows: number }): JSX.Element {
  const { words } = useView();
  return (
    <div class="skeleton" aria-busy="true" aria-label={words.loading}>
      {Array.from({ length: rows }, (_, index) => (
        <i key={index} />
      ))}
    </div>
  );
}

interface SitesProps {
  readonly sites: readonly Site[] | null;
  readonly worst: ReadonlyMap<string, Alarm>;
  readonly selected: string | null;
  /** Where the selected alarm is. */
  readonly marked: string | null;
  /** Whether data has stopped: then nobody knows which sites are calm. */
  readonly stale: boolean;
  onSelect(site: string | null): void;
}

export function Sites({ sites, worst, selected, marked, stale, onSelect }: SitesProps): JSX.Element {
  const { words } = useView();
  const calm = stale ? words.unknown : words.calm;
  const sorted =
    sites === null
      ? null
      : [...sites].sort(
          (a, b) =>
            (worst.get(a.id)?.priority_level ?? 9) - (worst.get(b.id)?.priority_level ?? 9) ||
            a.name.localeCompare(b.name),
        );
  return (
    <Panel name="sites" title={words.sites}>
      {sorted === null ? (
        <Skeleton rows={6} />
      ) : (
        <>
          <SiteMap sites={sorted} worst={worst} calm={calm} marked={marked ?? selected} onSelect={onSelect} />
          <ul>
            {sorted.map((site) => {
              const alarm = worst.get(site.id);
              return (
                <li key={site.id}>
                  <button
                    type="button"
                    aria-pressed={selected === site.id}
                    onClick={() => onSelect(selected === site.id ? null : site.id)}
                  >
                    <span class="name">{site.name}</span>
                    {alarm === undefined ? (
                      <span class="dim">{calm}</span>
                    ) : (
                      <Priority level={alarm.priority_level} />
                    )}
                  </button>
                </li>
              );
            })}
          </ul>
        </>
      )}
    </Panel>
  );
}

const MAP_WIDTH = 320;
const MAP_HEIGHT = 190;
const SCALE_KM = 10;

function SiteMap(props: {
  sites: readonly Site[];
  worst: ReadonlyMap<string, Alarm>;
  calm: string;
  marked: string | null;
  onSelect(site: string): void;
}): JSX.Element {
  const { words, language } = useView();
  const labels = kecamatanLabels(props.sites.map((site) => site.kecamatan));
  const sheet = paper([...props.sites, ...labels], MAP_WIDTH, MAP_HEIGHT);
  const scale = sheet.length(SCALE_KM);
  const places = props.sites.map((site) => sheet.place(site));
  // The list comes worst first; on paper the worst is drawn last, so that nothing covers it.
  const drawn = [...props.sites].reverse();
  return (
    <svg class="map" viewBox={`0 0 ${MAP_WIDTH} ${MAP_HEIGHT}`} role="img" aria-label={words.sites}>
      {labels.map((label) => {
        const at = sheet.place(label);
        const covered = places.some((place) => Math.abs(place.x - at.x) < 26 && Math.abs(place.y - at.y) < 12);
        return (
          <text key={label.name} x={at.x} y={covered ? at.y + 14 : at.y} class="kecamatan">
            {label.name}
          </text>
        );
      })}
      {drawn.map((site) => {
        const at = sheet.place(site);
        const alarm = props.worst.get(site.id);
        const name =
          alarm === undefined
            ? `${site.name}: ${props.calm}`
            : `${site.name}: ${priorityWord(alarm.priority_level, language)}`;
        return (
          <g key={site.id} class="place" onClick={() => props.onSelect(site.id)}>
            <title>{name}</title>
            {props.marked === site.id && <circle cx={at.x} cy={at.y} r="12" class="ring" />}
            {alarm === undefined ? (
              <circle cx={at.x} cy={at.y} r="3" class="calm" />
            ) : (
              <path
                class={`shape p${alarm.priority_level}`}
                d={shapePath(alarm.priority_level)}
                transform={`translate(${at.x - 7} ${at.y - 7}) scale(.875)`}
              />
            )}
          </g>
        );
      })}
      <g class="scale" transform={`translate(10 ${MAP_HEIGHT - 8})`}>
        <path d={`M0 -4v4h${scale}v-4`} />
        <text x={scale + 4} y="0">
          {SCALE_KM} km
        </text>
      </g>
    </svg>
  );
}

interface ValuesProps {
  readonly values: readonly LatestValue[] | null;
  readonly stale: boolean;
  readonly aside: ComponentChildren;
}

export function Values({ values, stale, aside }: ValuesProps): JSX.Element {
  const view = useView();
  const { words, language } = view;
  const bySite = new Map<string, LatestValue[]>();
  for (const value of values ?? []) {
    const site = value.site_name ?? value.source_name;
    bySite.set(site, [...(bySite.get(site) ?? []), value]);
  }
  return (
    <Panel name="values" title={words.values} aside={aside}>
      {values === null && <Skeleton rows={8} />}
      {values !== null && values.length === 0 && <p class="empty">{words.noValues}</p>}
      <div class={stale ? "scroll stale" : "scroll"}>
        {[...bySite].map(([site, items]) => (
          <table key={site}>
            <caption>{site}</caption>
            <tbody>
              {items.map((item) => (
                <tr
                  key={`${item.source_id}/${item.metric}/${item.zone ?? ""}`}
                  class={item.source_state === "up" || item.source_state === "unknown" ? "" : "silent"}
                >
                  <th scope="row" title={item.source_name}>
                    {language === "id" ? item.name : item.name_en}
                    <span class="dim"> {item.zone ?? item.source_name}</span>
                  </th>
                  <td class="figure">
                    {item.quality !== "ok" && <em class="quality">{qualityWord(item.quality, language)}</em>}
                    {quantity(item.value, item.unit, language, item.metric)}
                  </td>
                  <td class="figure dim">{shortAge(secondsSince(view, item.received_at), language)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        ))}
      </div>
    </Panel>
  );
}

/** Known not to be there; of what is not known the page's banner speaks. */
function away(camera: Camera): boolean {
  return camera.state === "silent" || camera.state === "offline";
}

interface CamerasProps {
  readonly cameras: readonly Camera[] | null;
  readonly worst: ReadonlyMap<string, Alarm>;
  readonly selected: string | null;
  onSelect(camera: string): void;
}

export function Cameras({ cameras, worst, selected, onSelect }: CamerasProps): JSX.Element {
  const view = useView();
  const { words, language } = view;
  return (
    <Panel name="cameras" title={words.cameras}>
      {cameras === null && <Skeleton rows={3} />}
      {cameras !== null && cameras.length === 0 && <p class="empty">{words.noCameras}</p>}
      <ul class="strip">
        {(cameras ?? []).map((camera) => {
          const alarm = worst.get(camera.id);
          const age = camera.picture_at === null ? null : shortAge(secondsSince(view, camera.picture_at), language);
          return (
            <li key={camera.id}>
              <button
                type="button"
                class={alarm === undefined ? "tile" : `tile p${alarm.priority_level}`}
                aria-pressed={selected === camera.id}
                onClick={() => onSelect(camera.id)}
              >
                <LatestPicture camera={camera} />
                <span class="name">{camera.name}</span>
                <span class={away(camera) ? "state" : "figure dim"}>
                  {away(camera) ? presenceWord(camera.state, language) : (age ?? "")}
                </span>
              </button>
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}
