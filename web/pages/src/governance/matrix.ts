/** The matrix of offices and days, worst office first. */

import type { Freshness, OfficeDay } from "./api";

export interface Row {
  readonly opd: string;
  readonly name: string;
  /** Share of what was owed on all days together that was fresh, 0..1. */
  readonly share: number;
  /** One cell a day; null where nothing was owed. */
  readonly cells: readonly (OfficeDay | null)[];
}

export interface Matrix {
  readonly days: readonly string[];
  readonly rows: readonly Row[];
}

const RANK: Readonly<Record<Freshness, number>> = { silent: 0, late: 1, fresh: 2 };

export function matrix(items: readonly OfficeDay[]): Matrix {
  const days = [...new Set(items.map((item) => item.day))].sort();
  const offices = new Map<string, Map<string, OfficeDay>>();
  for (const item of items) {
    const theirs = offices.get(item.opd) ?? new Map<string, OfficeDay>();
    theirs.set(item.day, item);
    offices.set(item.opd, theirs);
  }
  const rows = [...offices].map(([opd, theirs]): Row => {
    const all = [...theirs.values()];
    const owed = all.reduce((sum, day) => sum + day.datasets, 0);
    const fresh = all.reduce((sum, day) => sum + day.fresh, 0);
    return {
      opd,
      name: all[0]?.opd_name ?? opd,
      share: owed === 0 ? 1 : fresh / owed,
      cells: days.map((day) => theirs.get(day) ?? null),
    };
  });
  const rank = (row: Row): number => RANK[row.cells.at(-1)?.state ?? "fresh"];
  rows.sort((one, other) => rank(one) - rank(other) || one.share - other.share || one.name.localeCompare(other.name));
  return { days, rows };
}
