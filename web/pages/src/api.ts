/** The API's shapes and the calls the wall makes. */

export type AlarmState = "NORM" | "UNACK" | "ACKED" | "RTNUN" | "LATCH" | "SHLVD" | "DSUPR" | "OOSRV";

/** That an alarm is put aside until then at the latest. */
export interface Shelf {
  readonly kind: "timed" | "oneshot";
  readonly until: string;
  readonly reason: string;
  readonly by: string;
  readonly at: string;
}

/** That an alarm is out of service. */
export interface Withdrawal {
  readonly reason: string;
  readonly by: string;
  readonly at: string;
}

export interface Alarm {
  readonly id: string;
  readonly seq: number;
  readonly version: number;
  readonly kind: string;
  readonly state: AlarmState;
  readonly active: boolean;
  readonly acked: boolean;
  readonly priority: string;
  readonly priority_level: number;
  readonly rule: string;
  readonly rule_version: number | null;
  readonly source_id: string;
  readonly source_name: string;
  readonly source_kind: "camera" | "sensor" | "gateway";
  readonly zone: string | null;
  readonly site: string;
  readonly site_name: string;
  /** The same for alarms of one site with one cause. */
  readonly group: string;
  readonly title: string;
  readonly value: number | null;
  readonly unit: string | null;
  readonly met_at: string;
  readonly raised_at: string;
  readonly updated_at: string;
  readonly acked_by: string | null;
  readonly acked_at: string | null;
  readonly cleared_at: string | null;
  readonly occurrences: number;
  readonly latching: boolean;
  readonly shelf: Shelf | null;
  readonly suppressed: string | null;
  readonly withdrawn: Withdrawal | null;
  readonly evidence_url: string | null;
}

/** One line of what people say about an alarm. */
export interface Entry {
  readonly id: number;
  readonly at: string;
  readonly actor: string;
  readonly kind: "note" | "assign" | "link" | "attach";
  readonly text: string;
  readonly assignee: string | null;
  readonly linked: string | null;
  readonly url: string | null;
}

export interface JournalListing {
  readonly assignee: string | null;
  readonly items: readonly Entry[];
}

/** How much the alarm stream asks of the operators just now. */
export interface Load {
  readonly new: number;
  readonly flood_since: string | null;
  readonly standing: number;
  readonly stale: readonly string[];
}

export interface AlarmListing {
  readonly items: readonly Alarm[];
  readonly next: string | null;
  readonly seq: number;
}

export interface Site {
  readonly id: string;
  readonly name: string;
  readonly kecamatan: string;
  readonly opd: string | null;
  readonly opd_name: string | null;
  readonly lat: number;
  readonly lon: number;
  readonly cameras: number;
  readonly sensors: number;
}

export type Presence = "up" | "silent" | "offline" | "unknown";

export interface Camera {
  readonly id: string;
  readonly name: string;
  readonly site: string;
  readonly site_name: string;
  readonly state: Presence;
  readonly last_at: string | null;
  readonly picture_at: string | null;
  readonly picture_age_s: number | null;
  readonly picture_url: string | null;
}

export interface LatestValue {
  readonly source_id: string;
  readonly source_name: string;
  readonly source_kind: "camera" | "sensor" | "gateway";
  readonly source_state: Presence;
  readonly site: string | null;
  readonly site_name: string | null;
  readonly metric: string;
  readonly zone: string | null;
  readonly name: string;
  readonly name_en: string;
  readonly value: number | null;
  readonly unit: string;
  readonly ts: string;
  readonly received_at: string;
  readonly quality: string;
}

export type LifeState = "online" | "late" | "gone" | "unwatched";

export interface Figure {
  readonly value: number;
  readonly unit: string;
}

export interface Sensor {
  readonly id: string;
  readonly name: string;
  readonly site: string;
  readonly site_name: string;
  /** Null until it was heard for the first time. */
  readonly state: LifeState | null;
  readonly since: string | null;
  readonly last_at: string | null;
  /** Newest day first, today included; the share is null where nothing can be told. */
  readonly days: readonly { readonly day: string; readonly share: number | null }[];
  readonly share_of_week: number | null;
  readonly battery: Figure | null;
  readonly signal: Figure | null;
  readonly clock_offset_s: number | null;
}

export type IngestState = "hears" | "deaf" | "frozen" | "absent";

export interface Status {
  readonly city: string;
  readonly demo: boolean;
  readonly timezone: string;
  readonly operator: string;
  readonly now: string;
  readonly data_age_s: number | null;
  readonly hearing: boolean;
  readonly ingest: { readonly state: IngestState; readonly waiting: number };
  readonly cameras: { readonly up: number; readonly total: number };
  readonly sensors: { readonly up: number; readonly total: number };
}

export interface Items<T> {
  readonly items: readonly T[];
}

/** What the server refused, in its own words (RFC 9457). */
export class Refused extends Error {
  constructor(
    readonly status: number,
    detail: string,
  ) {
    super(detail);
  }
}

const PATIENCE_MS = 8_000;

export async function call<T>(path: string, init: RequestInit = {}): Promise<T> {
  const response = await fetch(path, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) });
  if (!response.ok) {
    const problem = (await response.json().catch(() => ({}))) as { detail?: string };
    throw new Refused(response.status, problem.detail ?? response.statusText);
  }
  return (await response.json()) as T;
}

export function get<T>(path: string): Promise<T> {
  return call<T>(`/api/v1/${path}`);
}

export type Step = "ack" | "unack" | "reset" | "shelve" | "unshelve" | "restore";

export interface Shelving {
  readonly reason: string;
  readonly minutes: number;
  readonly oneshot: boolean;
}

/** Take a step with an alarm as it was seen; sent twice by a bad line, it is taken once. */
export function take(alarm: Alarm, step: Step, shelving: Shelving | null = null): Promise<Alarm> {
  return call<Alarm>(`/api/v1/alarms/${alarm.id}/${step}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Idempotency-Key": `${alarm.id}.${alarm.version}.${step}` },
    body: JSON.stringify({ expected_version: alarm.version, ...shelving }),
  });
}

const OPEN_STATES = "UNACK,ACKED,RTNUN,LATCH,SHLVD,DSUPR,OOSRV";
const PAGE = 200;
/** More open alarms than this cannot be worked through on a wall; the rest follow as they change. */
const MOST_PAGES = 10;

/**
 * Return every open alarm and the stream position to join after.
 *
 * The first page's position counts: what changes while later pages load comes again through the stream.
 */
export async function openAlarms(): Promise<{ items: Alarm[]; seq: number }> {
  const first = await get<AlarmListing>(`alarms?state=${OPEN_STATES}&limit=${PAGE}`);
  const items = [...first.items];
  let next = first.next;
  for (let page = 1; next !== null && page < MOST_PAGES; page++) {
    const more: AlarmListing = await get(`alarms?state=${OPEN_STATES}&limit=${PAGE}&after=${encodeURIComponent(next)}`);
    items.push(...more.items);
    next = more.next;
  }
  return { items, seq: first.seq };
}

export function pastAlarms(after: string | null): Promise<AlarmListing> {
  const cursor = after === null ? "" : `&after=${encodeURIComponent(after)}`;
  return get<AlarmListing>(`alarms?state=NORM&limit=50${cursor}`);
}

/** Say something about an alarm; the key makes a second sending harmless. */
export function say(alarm: Alarm, what: "notes" | "assign", body: object): Promise<Entry> {
  return call<Entry>(`/api/v1/alarms/${encodeURIComponent(alarm.id)}/${what}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID() },
    body: JSON.stringify(body),
  });
}

/** Ids of the ways by which people are told. */
export async function channels(): Promise<readonly string[]> {
  return (await get<{ items: { id: string }[] }>("notifications")).items.map((one) => one.id);
}

/** Send a test message now. */
export function tryChannel(id: string): Promise<unknown> {
  return call(`/api/v1/notifications/${encodeURIComponent(id)}/test`, { method: "POST" });
}

export type Truth = "true" | "false" | "test";

/** Whether an alarm told the truth; all null where nobody has said. */
export interface Verdict {
  readonly verdict: Truth | null;
  readonly actor: string | null;
  readonly at: string | null;
  readonly note: string | null;
}

/** Keep the operator's verdict; the same twice is the same once. */
export function judge(alarm: Alarm, verdict: Truth): Promise<Verdict> {
  return call<Verdict>(`/api/v1/alarms/${encodeURIComponent(alarm.id)}/verdict`, {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ verdict }),
  });
}
