/** What the waste programme tells, and what people do with a pile. */

import { call, get, type Items } from "../api";

export type State = "detected" | "verified" | "dispatched" | "cleared" | "closed" | "reopened" | "false_alarm";
export type Step = "verify" | "reject" | "dispatch" | "clear" | "close" | "reopen";

export interface Incident {
  readonly id: string;
  readonly version: number;
  readonly state: State;
  readonly origin: "camera" | "report";
  readonly camera: string | null;
  readonly seen: boolean;
  readonly waste_site: string | null;
  readonly kecamatan: string | null;
  readonly lat: number | null;
  readonly lon: number | null;
  readonly title: string;
  readonly crew: string | null;
  readonly detected_at: string;
  readonly cleared_at: string | null;
  readonly closed_at: string | null;
  readonly due_at: string | null;
  readonly late: boolean;
  readonly before_url: string | null;
  readonly after_url: string | null;
  readonly piles: number;
  readonly reopened: number;
}

export interface Summary {
  readonly city: string;
  readonly demo: boolean;
  readonly now: string;
  readonly timezone: string;
  readonly open: number;
  readonly late: number;
  readonly median_h: number | null;
  readonly p90_h: number | null;
  readonly closed: number;
  readonly repeat_spots: number;
  readonly tonnes_today: number;
  readonly tonnes_week_before: number;
  readonly full_bins: number;
  readonly bins: number;
  readonly sites: number;
  readonly reporting: number;
}

export interface Site {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly kecamatan: string;
  readonly lat: number;
  readonly lon: number;
  readonly equipped: boolean;
  readonly reports: boolean;
  readonly latest: string | null;
  readonly open_piles: number;
}

export interface Bin {
  readonly bin_id: string;
  readonly waste_site_id: string;
  readonly percent: number | null;
  readonly measured_at: string | null;
  readonly full_at: number;
  readonly forecast: "rising" | "full" | "unknown" | "no_data";
  readonly full_in_h: number | null;
  readonly full_earliest_h: number | null;
  readonly full_latest_h: number | null;
}

export interface Tonnage {
  readonly waste_site_id: string;
  readonly name: string;
  readonly day: string;
  readonly loads: number;
  readonly tonnes: number;
  readonly unweighed_m3: number;
  readonly tonnes_week_before: number;
}

export interface Board {
  readonly summary: Summary;
  readonly incidents: readonly Incident[];
  readonly over: readonly Incident[];
  readonly sites: readonly Site[];
  readonly bins: readonly Bin[];
  readonly tonnage: readonly Tonnage[];
}

const PATH = "gareng-mesem";

/** Everything the page shows, as of one moment. */
export async function board(): Promise<Board> {
  const summary = await get<Summary>(`${PATH}/summary`);
  const [incidents, over, sites, bins, tonnage] = await Promise.all([
    get<Items<Incident>>(`${PATH}/incidents?state=detected,verified,dispatched,cleared,reopened&limit=500`),
    get<Items<Incident>>(`${PATH}/incidents?state=closed&limit=12`),
    get<Items<Site>>(`${PATH}/sites`),
    get<Items<Bin>>(`${PATH}/bins`),
    get<Items<Tonnage>>(`${PATH}/tonnage?first=${daysBefore(summary, 6)}`),
  ]);
  return {
    summary,
    incidents: incidents.items,
    over: over.items,
    sites: sites.items,
    bins: bins.items,
    tonnage: tonnage.items,
  };
}

/** A day of the city so many days before its present one, as the API writes days. */
function daysBefore(summary: Summary, days: number): string {
  const format = new Intl.DateTimeFormat("en-CA", { timeZone: summary.timezone, dateStyle: "short" });
  return format.format(Date.parse(summary.now) - days * 86_400_000);
}

export interface Given {
  readonly reason?: string;
  readonly crew?: string;
  readonly evidence?: string;
}

/** Take a step with an incident as it was seen; sent twice by a bad line, it is taken once. */
export function take(incident: Incident, step: Step, given: Given): Promise<unknown> {
  return call(`/api/v1/${PATH}/incidents/${incident.id}/${step}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Idempotency-Key": `${incident.id}.${incident.version}.${step}` },
    body: JSON.stringify({ expected_version: incident.version, ...given }),
  });
}

/** Keep a photograph and return the name by which a step knows it. */
export async function keep(photograph: File): Promise<string> {
  const kept = await call<{ sha256: string }>(`/api/v1/${PATH}/pictures`, {
    method: "POST",
    headers: { "Content-Type": photograph.type },
    body: photograph,
  });
  return kept.sha256;
}
