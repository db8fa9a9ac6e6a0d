import { expect, test } from "vitest";

import type { Incident, State } from "./api";
import { columns, STEPS } from "./columns";

function incident(id: string, state: State, changes: Partial<Incident> = {}): Incident {
  return {
    id,
    version: 1,
    state,
    origin: "camera",
    camera: "cam",
    seen: true,
    waste_site: null,
    kecamatan: null,
    lat: null,
    lon: null,
    title: id,
    crew: null,
    detected_at: "2026-03-01T10:00:00Z",
    cleared_at: null,
    closed_at: null,
    due_at: null,
    late: false,
    before_url: null,
    after_url: null,
    piles: 1,
    reopened: 0,
    ...changes,
  };
}

test("late incidents come first, then the oldest, and what was reopened waits for a crew", () => {
  const found = columns(
    [
      incident("young", "verified", { detected_at: "2026-03-01T11:00:00Z" }),
      incident("old", "reopened"),
      incident("late", "verified", { detected_at: "2026-03-01T11:30:00Z", late: true }),
      incident("new", "detected"),
    ],
    [
      incident("before", "closed", { closed_at: "2026-03-01T12:00:00Z" }),
      incident("just now", "closed", { closed_at: "2026-03-01T13:00:00Z" }),
    ],
  );
  expect(found.get("verified")?.map((one) => one.id)).toEqual(["late", "old", "young"]);
  expect(found.get("detected")?.map((one) => one.id)).toEqual(["new"]);
  expect(found.get("closed")?.map((one) => one.id)).toEqual(["just now", "before"]);
});

test("a false alarm stands in no column and nothing can be done with it", () => {
  const found = columns([incident("none", "false_alarm")], []);
  expect([...found.values()].flat()).toEqual([]);
  expect(STEPS.false_alarm).toEqual([]);
});
