/** The map of the waste programme: its sites, and the open piles among them. */

import type { JSX } from "preact";

import { kecamatanLabels, paper } from "../map";
import type { Incident, Site } from "./api";
import type { Words } from "./words";

const WIDTH = 420;
const HEIGHT = 260;
const SCALE_KM = 10;

interface Shown {
  readonly incident: Incident;
  readonly lat: number;
  readonly lon: number;
}

export function Places(props: {
  sites: readonly Site[];
  open: readonly Incident[];
  marked: string | null;
  words: Words;
  onMark(incident: string): void;
}): JSX.Element {
  const { words } = props;
  const piles = props.open.flatMap((incident): Shown[] =>
    incident.lat === null || incident.lon === null ? [] : [{ incident, lat: incident.lat, lon: incident.lon }],
  );
  const labels = kecamatanLabels([...props.sites.map((site) => site.kecamatan), ...piles.map((one) => one.incident.kecamatan ?? "")]);
  const sheet = paper([...props.sites, ...piles, ...labels], WIDTH, HEIGHT);
  const scale = sheet.length(SCALE_KM);
  return (
    <svg class="map" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={words.map}>
      {labels.map((label) => {
        const at = sheet.place(label);
        return (
          <text key={label.name} x={at.x} y={at.y - 8} class="kecamatan">
            {label.name}
          </text>
        );
      })}
      {props.sites.map((site) => {
        const at = sheet.place(site);
        const piled = site.open_piles === 0 ? words.noPiles : words.piled(site.open_piles);
        return (
          <g key={site.id}>
            <title>{`${site.name}: ${piled}`}</title>
            <rect x={at.x - 3.5} y={at.y - 3.5} width="7" height="7" class="site" />
          </g>
        );
      })}
      {piles.map(({ incident, ...point }) => {
        const at = sheet.place(point);
        return (
          <g key={incident.id} class="place" onClick={() => props.onMark(incident.id)}>
            <title>{incident.title}</title>
            {props.marked === incident.id && <circle cx={at.x} cy={at.y} r="11" class="ring" />}
            <path d="M0 -7l7 12h-14z" class={incident.late ? "pile late" : "pile"} transform={`translate(${at.x} ${at.y})`} />
          </g>
        );
      })}
      <g class="scale" transform={`translate(10 ${HEIGHT - 8})`}>
        <path d={`M0 -4v4h${scale}v-4`} />
        <text x={scale + 4} y="0">
          {SCALE_KM} km
        </text>
      </g>
    </svg>
  );
}
