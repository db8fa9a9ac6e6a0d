/** Which alarms a tab shows, in which order, without moving what somebody is reading. */

import type { Alarm } from "./api";
import type { Alarms } from "./store";

export type Tab = "active" | "returned" | "hidden" | "past";

/** Put aside, suppressed by design or out of service: such an alarm goes on living, but not on the main list. */
export function hidden(alarm: Alarm): boolean {
  return alarm.state === "SHLVD" || alarm.state === "DSUPR" || alarm.state === "OOSRV";
}

export function belongs(alarm: Alarm, tab: Tab): boolean {
  switch (tab) {
    case "active":
      return alarm.active && !hidden(alarm);
    case "returned":
      return alarm.state === "RTNUN" || alarm.state === "LATCH";
    case "hidden":
      return hidden(alarm);
    case "past":
      return alarm.state === "NORM";
  }
}

/** Most urgent first, then what nobody has accepted, then the newest; the past by when it ended. */
function before(tab: Tab): (a: Alarm, b: Alarm) => number {
  if (tab === "past") return (a, b) => b.seq - a.seq;
  if (tab === "hidden") return (a, b) => until(a) - until(b) || a.priority_level - b.priority_level || (a.id < b.id ? -1 : 1);
  return (a, b) =>
    a.priority_level - b.priority_level ||
    Number(a.acked) - Number(b.acked) ||
    Date.parse(b.raised_at) - Date.parse(a.raised_at) ||
    (a.id < b.id ? -1 : 1);
}

/** When it comes back at the latest, in milliseconds; what has no such time comes last. */
function until(alarm: Alarm): number {
  return alarm.state === "SHLVD" && alarm.shelf !== null ? Date.parse(alarm.shelf.until) : Number.MAX_SAFE_INTEGER;
}

export function sorted(alarms: Alarms, tab: Tab, site: string | null): string[] {
  return [...alarms.values()]
    .filter((alarm) => belongs(alarm, tab) && (site === null || alarm.site === site))
    .sort(before(tab))
    .map((alarm) => alarm.id);
}

export interface Arrangement {
  readonly ids: readonly string[];
  /** New ones that wait, since somebody is reading. */
  readonly waiting: readonly string[];
}

/**
 * Return what to show now.
 *
 * While somebody reads, nothing moves: rows that no longer belong stay where they are, new ones wait. Otherwise every
 * row is at its sorted place.
 */
export function arrange(shown: readonly string[], wanted: readonly string[], reading: boolean): Arrangement {
  if (!reading || shown.length === 0) return { ids: wanted, waiting: [] };
  const present = new Set(shown);
  return { ids: shown, waiting: wanted.filter((id) => !present.has(id)) };
}

/** The row `step` away from the selected one; the first or last where none is selected. */
export function neighbour(ids: readonly string[], selected: string | null, step: 1 | -1): string | null {
  if (ids.length === 0) return null;
  const at = selected === null ? -1 : ids.indexOf(selected);
  if (at === -1) return (step === 1 ? ids[0] : ids[ids.length - 1]) ?? null;
  return ids[Math.min(Math.max(at + step, 0), ids.length - 1)] ?? null;
}
