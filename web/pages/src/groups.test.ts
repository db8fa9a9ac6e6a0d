import { describe, expect, it } from "vitest";

import { alarm } from "./alarm.fixture";
import { grouped } from "./groups";

function town(...facts: Parameters<typeof alarm>[0][]): [ReadonlyMap<string, ReturnType<typeof alarm>>, string[]] {
  const all = facts.map((one, n) => alarm({ id: `a${n}`, ...one }));
  return [new Map(all.map((one) => [one.id, one])), all.map((one) => one.id)];
}

describe("groups", () => {
  it("stand for all alarms of one site and cause, by their most urgent", () => {
    const [alarms, ids] = town({ group: "x/1", priority_level: 1 }, { group: "x/1" }, { group: "y/2" });
    const found = grouped(alarms, ids, null);
    expect(found.ids).toEqual(["a0", "a2"]);
    expect([...found.more]).toEqual([["a0", 1]]);
  });

  it("come by consequence: the worst first, then the largest, then the newest", () => {
    const [alarms, ids] = town(
      { group: "one" },
      { group: "two" },
      { group: "two" },
      { group: "new", raised_at: "2026-11-23T06:00:00Z" },
      { group: "worst", priority_level: 2 },
    );
    expect(grouped(alarms, ids, null).ids).toEqual(["a4", "a1", "a3", "a0"]);
  });

  it("show all they hold when opened, and count still what they hold", () => {
    const [alarms, ids] = town({ group: "x" }, { group: "x" }, { group: "y" });
    const found = grouped(alarms, ids, "x");
    expect(found.ids).toEqual(["a0", "a1", "a2"]);
    expect(found.more.get("a0")).toBe(1);
  });

  it("lose nothing", () => {
    const [alarms, ids] = town(...Array.from({ length: 50 }, (_, n) => ({ group: `g${n % 7}` })));
    const found = grouped(alarms, ids, null);
    const behind = [...found.more.values()].reduce((sum, n) => sum + n, 0);
    expect(found.ids.length + behind).toBe(50);
  });
});
