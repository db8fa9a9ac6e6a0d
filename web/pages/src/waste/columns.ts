/** Where an incident stands on the board, and what people may do with it there. */

import type { Incident, State, Step } from "./api";

export type Column = "detected" | "verified" | "dispatched" | "cleared" | "closed";

export const COLUMNS: readonly Column[] = ["detected", "verified", "dispatched", "cleared", "closed"];

/** What was reopened waits for a crew as what was just verified does. */
const PLACE: Record<State, Column | null> = {
  detected: "detected",
  verified: "verified",
  reopened: "verified",
  dispatched: "dispatched",
  cleared: "cleared",
  closed: "closed",
  false_alarm: null,
};

/** As docs/gareng-mesem.md has it; the first is the usual one. */
export const STEPS: Record<State, readonly Step[]> = {
  detected: ["verify", "reject"],
  verified: ["dispatch", "reject"],
  reopened: ["dispatch", "reject"],
  dispatched: ["clear", "reject"],
  cleared: ["close", "reopen"],
  closed: ["reopen"],
  false_alarm: [],
};

/** Incidents by column: late ones first, then the oldest; what is over newest first. */
export function columns(open: readonly Incident[], over: readonly Incident[]): Map<Column, Incident[]> {
  const found = new Map<Column, Incident[]>(COLUMNS.map((name) => [name, []]));
  const sorted = [...open].sort(
    (a, b) => Number(b.late) - Number(a.late) || Date.parse(a.detected_at) - Date.parse(b.detected_at),
  );
  for (const one of sorted) {
    const place = PLACE[one.state];
    if (place !== null && place !== "closed") found.get(place)?.push(one);
  }
  const closed = [...over].sort((a, b) => Date.parse(b.closed_at ?? b.detected_at) - Date.parse(a.closed_at ?? a.detected_at));
  found.set("closed", closed);
  return found;
}
