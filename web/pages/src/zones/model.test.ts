import { describe, expect, it } from "vitest";

import type { Drawing } from "./model";
import {
  add,
  begin,
  changed,
  complete,
  corners,
  EMPTY,
  moveCorner,
  moveShape,
  redone,
  removeCorner,
  removeShape,
  sparse,
  splitEdge,
  undone,
  withDetector,
  withSetting,
} from "./model";

const square: Drawing = complete({
  zones: [
    {
      id: "plaza",
      polygon: [
        [0.1, 0.1],
        [0.5, 0.1],
        [0.5, 0.5],
        [0.1, 0.5],
      ],
    },
  ],
});
const plaza = { kind: "zone", index: 0 } as const;

describe("shapes", () => {
  it("keeps a corner inside the picture and short to read", () => {
    const moved = moveCorner(square, plaza, 0, [-0.2, 0.123456789]);
    expect(corners(moved, plaza)[0]).toEqual([0, 0.1235]);
  });

  it("moves as a whole no further than the edge, and keeps its form", () => {
    const moved = moveShape(square, plaza, 0.9, -0.05);
    expect(corners(moved, plaza)).toEqual([
      [0.6, 0.05],
      [1, 0.05],
      [1, 0.45],
      [0.6, 0.45],
    ]);
  });

  it("gains a corner in the middle of an edge, the last one too, and loses it down to a triangle", () => {
    const more = splitEdge(square, plaza, 3);
    expect(corners(more, plaza)[4]).toEqual([0.1, 0.3]);
    let fewer = more;
    for (let n = 0; n < 5; n++) fewer = removeCorner(fewer, plaza, 0);
    expect(corners(fewer, plaza)).toHaveLength(3);
  });

  it("gives new zones names that none has", () => {
    const named = complete({ zones: [{ id: "zona-2" }] });
    expect(add(named, "zone")[0].zones[1]?.id).toBe("zona-3");
  });

  it("adds and takes away everything that can be drawn", () => {
    for (const kind of ["zone", "mask", "ground", "gauge", "person"] as const) {
      const [drawn, choice] = add(EMPTY, kind);
      expect(corners(drawn, choice).length).toBeGreaterThan(1);
      expect(sparse(removeShape(drawn, choice))).toEqual({});
    }
  });
});

describe("settings", () => {
  it("leaves out what takes its default", () => {
    const asked = withSetting(withDetector(square, 0, "crowding", {}), 0, "crowding", "count", 8);
    expect(asked.zones[0]?.detect).toEqual({ crowding: { count: 8 } });
    expect(withSetting(asked, 0, "crowding", "count", null).zones[0]?.detect).toEqual({ crowding: {} });
    expect(withDetector(asked, 0, "crowding", null).zones[0]?.detect).toEqual({});
  });
});

describe("history", () => {
  it("takes back a drag as a whole, and gives it again", () => {
    let history = begin(square);
    for (const x of [0.2, 0.25, 0.3]) history = changed(history, moveCorner(history.now, plaza, 0, [x, 0.1]), "drag-1");
    expect(history.past).toHaveLength(1);
    const back = undone(history);
    expect(back.now).toBe(square);
    expect(redone(back).now).toBe(history.now);
  });

  it("forgets what would come again once something else is done", () => {
    const history = changed(undone(changed(begin(EMPTY), square)), removeShape(square, plaza));
    expect(redone(history)).toBe(history);
  });

  it("does nothing at either end", () => {
    const history = begin(square);
    expect(undone(history)).toBe(history);
    expect(redone(history)).toBe(history);
    expect(changed(history, square)).toBe(history);
  });
});
