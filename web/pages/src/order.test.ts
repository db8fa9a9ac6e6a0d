import { describe, expect, it } from "vitest";

import { alarm } from "./alarm.fixture";
import { arrange, neighbour, sorted } from "./order";
import { merge } from "./store";

const alarms = (...items: ReturnType<typeof alarm>[]) => merge(new Map(), items);

describe("sorted", () => {
  it("puts the most urgent first, then what nobody accepted, then the newest", () => {
    const known = alarms(
      alarm({ id: "low", priority_level: 4 }),
      alarm({ id: "old", priority_level: 2, raised_at: "2026-11-23T05:00:00Z" }),
      alarm({ id: "new", priority_level: 2, raised_at: "2026-11-23T06:00:00Z" }),
      alarm({ id: "accepted", priority_level: 2, raised_at: "2026-11-23T07:00:00Z", acked: true, state: "ACKED" }),
      alarm({ id: "worst", priority_level: 1 }),
    );
    expect(sorted(known, "active", null)).toEqual(["worst", "new", "old", "accepted", "low"]);
  });

  it("gives each tab its own alarms", () => {
    const known = alarms(
      alarm({ id: "open" }),
      alarm({ id: "back", active: false, state: "RTNUN" }),
      alarm({ id: "done", active: false, acked: true, state: "NORM" }),
    );
    expect(sorted(known, "active", null)).toEqual(["open"]);
    expect(sorted(known, "returned", null)).toEqual(["back"]);
    expect(sorted(known, "past", null)).toEqual(["done"]);
  });

  it("keeps hidden alarms off the main list, the first to come back on top", () => {
    const shelf = { kind: "timed", reason: "x", by: "Siti", at: "2026-11-23T05:00:00Z" } as const;
    const known = alarms(
      alarm({ id: "open" }),
      alarm({ id: "later", state: "SHLVD", shelf: { ...shelf, until: "2026-11-23T09:00:00Z" } }),
      alarm({ id: "soon", state: "SHLVD", shelf: { ...shelf, until: "2026-11-23T06:00:00Z" } }),
      alarm({ id: "muted", state: "DSUPR", suppressed: "sumber tidak mengirim" }),
      alarm({ id: "latched", state: "LATCH", active: false, latching: true }),
    );
    expect(sorted(known, "active", null)).toEqual(["open"]);
    expect(sorted(known, "hidden", null)).toEqual(["soon", "later", "muted"]);
    expect(sorted(known, "returned", null)).toEqual(["latched"]);
  });

  it("keeps to one site where one is chosen", () => {
    const known = alarms(alarm({ id: "here", site: "a" }), alarm({ id: "there", site: "b" }));
    expect(sorted(known, "active", "a")).toEqual(["here"]);
  });
});

describe("arrange", () => {
  it("shows the sorted order while nobody reads", () => {
    expect(arrange(["b"], ["a", "b"], false)).toEqual({ ids: ["a", "b"], waiting: [] });
  });

  it("moves nothing under a reader: new rows wait, gone ones stay", () => {
    expect(arrange(["b", "c"], ["a", "c"], true)).toEqual({ ids: ["b", "c"], waiting: ["a"] });
  });

  it("shows the first rows even to a reader of an empty list", () => {
    expect(arrange([], ["a"], true)).toEqual({ ids: ["a"], waiting: [] });
  });
});

describe("neighbour", () => {
  it("walks the rows and stops at the ends", () => {
    expect(neighbour(["a", "b"], null, 1)).toBe("a");
    expect(neighbour(["a", "b"], null, -1)).toBe("b");
    expect(neighbour(["a", "b"], "a", 1)).toBe("b");
    expect(neighbour(["a", "b"], "b", 1)).toBe("b");
    expect(neighbour(["a", "b"], "a", -1)).toBe("a");
    expect(neighbour([], "a", 1)).toBeNull();
  });
});
