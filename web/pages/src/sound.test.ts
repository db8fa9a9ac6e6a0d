import { describe, expect, it } from "vitest";

import { alarm } from "./alarm.fixture";
import type { Alarm } from "./api";
import { audible } from "./sound";

function heard(...facts: Partial<Alarm>[]): number | null {
  return audible(new Map(facts.map((one, n) => [`a${n}`, alarm({ id: `a${n}`, ...one })])));
}

describe("the sound", () => {
  it("is of the worst alarm that nobody has accepted", () => {
    expect(heard({ priority_level: 2 }, { priority_level: 1 }, { priority_level: 4 })).toBe(1);
    expect(heard({ priority_level: 2 }, { priority_level: 1, state: "ACKED", acked: true })).toBe(2);
  });

  it("is not made for the two lower priorities", () => {
    expect(heard({ priority_level: 3 }, { priority_level: 4 })).toBeNull();
  });

  it("ends with the condition, with acceptance, and with what hides the alarm", () => {
    for (const state of ["ACKED", "RTNUN", "NORM", "SHLVD", "DSUPR", "OOSRV", "LATCH"] as const) {
      expect(heard({ priority_level: 1, state })).toBeNull();
    }
  });

  it("is silence where there is nothing", () => {
    expect(heard()).toBeNull();
  });
});
