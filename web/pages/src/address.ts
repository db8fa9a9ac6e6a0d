/** What lives in the address, so that a link opens the same view. */

import type { Language } from "./format";
import type { Tab } from "./order";

export type Theme = "system" | "light" | "dark";

export interface Address {
  readonly tab: Tab;
  readonly alarm: string | null;
  readonly camera: string | null;
  readonly site: string | null;
  /** Whether alarms of one cause stand as one row; null leaves it to whether there is a flood. */
  readonly grouped: boolean | null;
  /** The group that is open. */
  readonly group: string | null;
  /** Only what has stood for more than a day. */
  readonly stale: boolean;
  readonly language: Language;
  readonly theme: Theme;
}

const TABS: Record<string, Tab> = { aktif: "active", pulih: "returned", ditunda: "hidden", riwayat: "past" };

export function read(query: string): Address {
  const params = new URLSearchParams(query);
  const theme = params.get("theme");
  return {
    tab: TABS[params.get("tab") ?? ""] ?? "active",
    alarm: params.get("alarm"),
    camera: params.get("camera"),
    site: params.get("site"),
    grouped: flag(params.get("kelompok")),
    group: params.get("grup"),
    stale: params.get("lama") === "1",
    language: params.get("lang") === "en" ? "en" : "id",
    theme: theme === "light" || theme === "dark" ? theme : "system",
  };
}

function flag(text: string | null): boolean | null {
  return text === "1" ? true : text === "0" ? false : null;
}

/** The query for an address, without what is the default; empty where all is. */
export function write(address: Address): string {
  const params = new URLSearchParams();
  const tab = Object.entries(TABS).find(([, name]) => name === address.tab)?.[0];
  if (tab !== undefined && address.tab !== "active") params.set("tab", tab);
  if (address.alarm !== null) params.set("alarm", address.alarm);
  if (address.camera !== null) params.set("camera", address.camera);
  if (address.site !== null) params.set("site", address.site);
  if (address.grouped !== null) params.set("kelompok", address.grouped ? "1" : "0");
  if (address.group !== null) params.set("grup", address.group);
  if (address.stale) params.set("lama", "1");
  if (address.language !== "id") params.set("lang", address.language);
  if (address.theme !== "system") params.set("theme", address.theme);
  const query = params.toString();
  return query === "" ? "" : `?${query}`;
}
