/** Alarms of one site with one cause as one row, worst consequence first: what a flood is read by. */

import type { Alarm } from "./api";
import type { Alarms } from "./store";

export interface Grouping {
  /** The most urgent alarm of each group, and after that of the open group the rest of it. */
  readonly ids: readonly string[];
  /** How many more alarms stand behind each of those. */
  readonly more: ReadonlyMap<string, number>;
}

/** Group what is to be shown, sorted most urgent first; `open` is the group whose alarms are all wanted. */
export function grouped(alarms: Alarms, wanted: readonly string[], open: string | null): Grouping {
  const groups = new Map<string, Alarm[]>();
  for (const id of wanted) {
    const alarm = alarms.get(id);
    if (alarm === undefined) continue;
    const members = groups.get(alarm.group);
    if (members === undefined) groups.set(alarm.group, [alarm]);
    else members.push(alarm);
  }
  const newest = (members: readonly Alarm[]): number => Math.max(...members.map((one) => Date.parse(one.raised_at)));
  const level = (members: readonly Alarm[]): number => members[0]?.priority_level ?? 4;
  const sorted = [...groups].sort(
    ([, a], [, b]) => level(a) - level(b) || b.length - a.length || newest(b) - newest(a),
  );
  const ids: string[] = [];
  const more = new Map<string, number>();
  for (const [group, members] of sorted) {
    const [first, ...rest] = members;
    if (first === undefined) continue;
    ids.push(first.id);
    if (rest.length > 0) more.set(first.id, rest.length);
    if (group === open) ids.push(...rest.map((one) => one.id));
  }
  return { ids, more };
}
