/** The devices behind the values: whether they are there, how much of the time, battery, signal, clock. */

import type { ComponentChildren, JSX } from "preact";

import type { Sensor } from "./api";
import { percent, quantity, shortAge, type Language } from "./format";
import { Panel, Skeleton } from "./panels";
import { secondsSince, useView } from "./view";
import { lifeWord, type Words } from "./words";

/** Offsets below this are the network's, not the clock's. */
const LEAST_OFFSET_S = 5;

const ORDER = { gone: 0, late: 1, online: 3, unwatched: 4 };

function worstFirst(a: Sensor, b: Sensor): number {
  const rank = (sensor: Sensor): number => (sensor.state === null ? 2 : ORDER[sensor.state]);
  return rank(a) - rank(b) || a.site_name.localeCompare(b.site_name) || a.name.localeCompare(b.name);
}

function ownFigures(sensor: Sensor, words: Words, language: Language): string {
  const offset = sensor.clock_offset_s;
  return [
    sensor.battery && `${words.battery} ${quantity(sensor.battery.value, sensor.battery.unit, language)}`,
    sensor.signal && `${words.signal} ${quantity(sensor.signal.value, sensor.signal.unit, language)}`,
    offset !== null && Math.abs(offset) >= LEAST_OFFSET_S && words.clockOff(Math.round(offset).toString()),
  ]
    .filter(Boolean)
    .join(" · ");
}

interface SensorsProps {
  readonly sensors: readonly Sensor[] | null;
  readonly stale: boolean;
  readonly aside: ComponentChildren;
}

export function Sensors({ sensors, stale, aside }: SensorsProps): JSX.Element {
  const view = useView();
  const { words, language } = view;
  return (
    <Panel name="values sensors" title={words.devices} aside={aside}>
      {sensors === null && <Skeleton rows={8} />}
      {sensors !== null && sensors.length === 0 && <p class="empty">{words.noSensors}</p>}
      {sensors !== null && sensors.length > 0 && (
        <div class={stale ? "scroll stale" : "scroll"}>
          <table>
            <thead>
              <tr>
                <th scope="col" />
                <td class="dim">{words.today}</td>
                <td class="dim" title={words.share}>
                  {words.week}
                </td>
              </tr>
            </thead>
            <tbody>
              {[...sensors].sort(worstFirst).map((sensor) => {
                const figures = ownFigures(sensor, words, language);
                return (
                  <tr key={sensor.id}>
                    <th scope="row" title={sensor.id}>
                      {sensor.state !== "online" && (
                        <em class={`quality life-${sensor.state ?? "never"}`}>
                          {lifeWord(sensor.state, language)}
                          {sensor.since !== null && ` ${shortAge(secondsSince(view, sensor.since), language)}`}
                        </em>
                      )}
                      {sensor.name}
                      <span class="dim"> {figures === "" ? sensor.site_name : figures}</span>
                    </th>
                    <td class="figure">{percent(sensor.days[0]?.share ?? null, language)}</td>
                    <td class="figure dim" title={words.share}>
                      {percent(sensor.share_of_week, language)}
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}
