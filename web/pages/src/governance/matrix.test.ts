import { describe, expect, it } from "vitest";

import type { Freshness, OfficeDay } from "./api";
import { matrix } from "./matrix";

function day(opd: string, on: string, state: Freshness, fresh: number, datasets = 2): OfficeDay {
  return { opd, opd_name: opd.toUpperCase(), day: on, state, datasets, fresh, late: 0, silent: datasets - fresh };
}

describe("the matrix", () => {
  it("has a column for each day and a gap where an office owed nothing", () => {
    const found = matrix([day("a", "2026-03-02", "fresh", 2), day("b", "2026-03-01", "late", 1)]);
    expect(found.days).toEqual(["2026-03-01", "2026-03-02"]);
    expect(found.rows.find((row) => row.opd === "a")?.cells.map((cell) => cell?.state ?? null)).toEqual([null, "fresh"]);
  });

  it("puts the worst of the last day first, then who delivered least", () => {
    const found = matrix([
      day("good", "2026-03-01", "fresh", 2),
      day("poor", "2026-03-01", "late", 1),
      day("none", "2026-03-01", "silent", 0),
      day("less", "2026-03-01", "late", 0),
    ]);
    expect(found.rows.map((row) => row.opd)).toEqual(["none", "less", "poor", "good"]);
    expect(found.rows.map((row) => row.share)).toEqual([0, 0, 0.5, 1]);
  });

  it("is empty where nobody owes anything", () => {
    expect(matrix([])).toEqual({ days: [], rows: [] });
  });
});
