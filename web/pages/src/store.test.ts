import { describe, expect, it } from "vitest";

import { alarm } from "./alarm.fixture";
import { calmSince, count, merge, MOST_PAST, worstBySite, worstBySource } from "./store";

describe("merge", () => {
  it("keeps the newer of two tellings, whichever came first", () => {
    const early = alarm({ seq: 3, state: "UNACK" });
    const late = alarm({ seq: 5, state: "ACKED", acked: true });
    expect(merge(merge(new Map(), [early]), [late]).get("a")?.state).toBe("ACKED");
    expect(merge(merge(new Map(), [late]), [early]).get("a")?.state).toBe("ACKED");
  });

  it("comes to the same in any order and with any repeats", () => {
    const told = [1, 2, 3, 4, 5, 6].map((seq) => alarm({ id: `a${seq % 3}`, seq }));
    const expected = merge(new Map(), told);
    for (let turn = 0; turn < 50; turn++) {
      const shuffled = [...told, ...told].sort(() => Math.random() - 0.5);
      expect(new Map([...merge(new Map(), shuffled)].sort())).toEqual(new Map([...expected].sort()));
    }
  });

  it("is the very same value when nothing is new, so that nothing is drawn again", () => {
    const known = merge(new Map(), [alarm()]);
    expect(merge(known, [alarm()])).toBe(known);
  });

  it("forgets the oldest past alarms, never an open one", () => {
    const past = Array.from({ length: MOST_PAST + 10 }, (_, n) =>
      alarm({ id: `p${n}`, seq: n + 2, state: "NORM", active: false, acked: true }),
    );
    const known = merge(new Map(), [alarm({ id: "open", seq: 1 }), ...past]);
    expect(known.size).toBe(MOST_PAST + 1);
    expect(known.has("open")).toBe(true);
    expect(known.has("p0")).toBe(false);
  });
});

describe("count", () => {
  it("counts active ones by priority, and what nobody accepted", () => {
    const known = merge(new Map(), [
      alarm({ id: "1", priority_level: 2 }),
      alarm({ id: "2", priority_level: 2, acked: true, state: "ACKED" }),
      alarm({ id: "3", priority_level: 4, active: false, state: "RTNUN" }),
      alarm({ id: "4", active: false, acked: true, state: "NORM" }),
      alarm({ id: "5", priority_level: 1, state: "SHLVD" }),
    ]);
    expect(count(known)).toEqual({ byPriority: [0, 2, 0, 0], active: 2, returned: 1, hidden: 1, unacknowledged: 2 });
  });
});

describe("the city", () => {
  it("shows the worst active alarm of each place and source", () => {
    const known = merge(new Map(), [
      alarm({ id: "1", site: "s", source_id: "x", priority_level: 3 }),
      alarm({ id: "2", site: "s", source_id: "y", priority_level: 2 }),
      alarm({ id: "3", site: "s", source_id: "y", priority_level: 1, active: false, state: "RTNUN" }),
    ]);
    expect(worstBySite(known).get("s")?.id).toBe("2");
    expect(worstBySource(known).get("x")?.id).toBe("1");
  });

  it("has been calm since the last alarm went away", () => {
    expect(calmSince(new Map())).toBeNull();
    const known = merge(new Map(), [
      alarm({ id: "1", cleared_at: "2026-11-23T05:00:00Z" }),
      alarm({ id: "2", cleared_at: "2026-11-23T06:40:00Z" }),
    ]);
    expect(calmSince(known)).toBe(Date.parse("2026-11-23T06:40:00Z"));
  });
});
