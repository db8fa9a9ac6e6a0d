/** What the governance module tells. */

import { get } from "../api";

export type Freshness = "fresh" | "late" | "silent";

export interface OfficeDay {
  readonly opd: string;
  readonly opd_name: string;
  readonly day: string;
  readonly state: Freshness;
  readonly datasets: number;
  readonly fresh: number;
  readonly late: number;
  readonly silent: number;
}

export interface Dataset {
  readonly id: string;
  readonly kind: "programme" | "camera" | "sensor";
  readonly title: string;
  readonly opd: string | null;
  readonly opd_name: string | null;
  readonly contact: string | null;
  readonly programme: string | null;
  readonly every_days: number;
  readonly state: Freshness | null;
  readonly deliveries: number;
  readonly latest: string | null;
  readonly streak_days: number;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface Standing {
  readonly place: number;
  readonly opd: string;
  readonly opd_name: string;
  readonly share: number;
  readonly streak_days: number;
}

export interface Kecamatan {
  readonly kecamatan: string;
  readonly sources: number;
  readonly delivered_today: number;
  readonly availability: number | null;
}

export interface Programme {
  readonly id: string;
  readonly name: string;
  readonly dimension: string;
  readonly datasets: number;
  readonly fresh: number;
}

export interface Board {
  readonly city: string;
  readonly demo: boolean;
  readonly days: readonly OfficeDay[];
  readonly datasets: readonly Dataset[];
  readonly league: readonly Standing[];
  readonly kecamatan: readonly Kecamatan[];
  readonly programmes: readonly Programme[];
}

/** Everything the page shows, as of one moment. */
export async function board(): Promise<Board> {
  const [status, days, datasets, league, levels, programmes] = await Promise.all([
    get<{ city: string; demo: boolean }>("status"),
    get<{ items: OfficeDay[] }>("governance/days"),
    get<{ items: Dataset[] }>("governance/datasets"),
    get<{ items: Standing[] }>("governance/league"),
    get<{ kecamatan: Kecamatan[] }>("governance/service-levels"),
    get<{ items: Programme[] }>("governance/programmes"),
  ]);
  return {
    city: status.city,
    demo: status.demo,
    days: days.items,
    datasets: datasets.items,
    league: league.items,
    kecamatan: levels.kecamatan,
    programmes: programmes.items,
  };
}
