/** What the wall knows of alarms: pure steps from one state to the next. */

import type { Alarm } from "./api";
import { hidden } from "./order";

export type Alarms = ReadonlyMap<string, Alarm>;

/** Returned-to-normal alarms kept from the stream; older ones are asked for again. */
export const MOST_PAST = 500;

/** Keep the newer of what is known and what came; the stream and a snapshot may overlap in any way. */
export function merge(known: Alarms, came: Iterable<Alarm>): Alarms {
  let next: Map<string, Alarm> | undefined;
  for (const alarm of came) {
    const before = (next ?? known).get(alarm.id);
    if (before === undefined || alarm.seq > before.seq) {
      next ??= new Map(known);
      next.set(alarm.id, alarm);
    }
  }
  return next === undefined ? known : pruned(next);
}

export interface Counts {
  /** Open and active, by priority level 1 to 4. */
  readonly byPriority: readonly [number, number, number, number];
  readonly active: number;
  readonly returned: number;
  readonly hidden: number;
  readonly unacknowledged: number;
}

export function count(alarms: Alarms): Counts {
  const byPriority: [number, number, number, number] = [0, 0, 0, 0];
  let active = 0;
  let returned = 0;
  let aside = 0;
  let unacknowledged = 0;
  for (const alarm of alarms.values()) {
    if (hidden(alarm)) {
      aside += 1;
      continue;
    }
    if (alarm.active) {
      active += 1;
      const index = Math.min(Math.max(alarm.priority_level, 1), 4) - 1;
      byPriority[index] = (byPriority[index] ?? 0) + 1;
    } else if (alarm.state === "RTNUN" || alarm.state === "LATCH") {
      returned += 1;
    }
    if (!alarm.acked) unacknowledged += 1;
  }
  return { byPriority, active, returned, hidden: aside, unacknowledged };
}

/** When the last alarm went away, in milliseconds; null where none is known. */
export function calmSince(alarms: Alarms): number | null {
  let latest: number | null = null;
  for (const alarm of alarms.values()) {
    if (alarm.cleared_at === null) continue;
    const at = Date.parse(alarm.cleared_at);
    if (latest === null || at > latest) latest = at;
  }
  return latest;
}

/** The most urgent active alarm of each site. */
export function worstBySite(alarms: Alarms): ReadonlyMap<string, Alarm> {
  return worstBy(alarms, (alarm) => alarm.site);
}

/** The most urgent active alarm of each source. */
export function worstBySource(alarms: Alarms): ReadonlyMap<string, Alarm> {
  return worstBy(alarms, (alarm) => alarm.source_id);
}

function worstBy(alarms: Alarms, key: (alarm: Alarm) => string): ReadonlyMap<string, Alarm> {
  const worst = new Map<string, Alarm>();
  for (const alarm of alarms.values()) {
    if (!alarm.active || hidden(alarm)) continue;
    const before = worst.get(key(alarm));
    if (before === undefined || alarm.priority_level < before.priority_level) worst.set(key(alarm), alarm);
  }
  return worst;
}

function pruned(alarms: Map<string, Alarm>): Alarms {
  const past = [...alarms.values()].filter((alarm) => alarm.state === "NORM");
  if (past.length > MOST_PAST) {
    past.sort((a, b) => a.seq - b.seq);
    for (const alarm of past.slice(0, past.length - MOST_PAST)) alarms.delete(alarm.id);
  }
  return alarms;
}
