import { describe, expect, it } from "vitest";

import { grid, projection, seen } from "./ground";
import type { GroundPoint } from "./model";

const floor: GroundPoint[] = [
  { at: [0.25, 0.9], metres: [0, 0] },
  { at: [0.75, 0.9], metres: [4, 0] },
  { at: [0.62, 0.5], metres: [4, 6] },
  { at: [0.38, 0.5], metres: [0, 6] },
];

describe("projection", () => {
  it("takes the four places to where they are seen", () => {
    const h = projection(floor);
    expect(h).not.toBeNull();
    for (const { at, metres } of floor) {
      const [x, y] = seen(h!, metres)!;
      expect(x).toBeCloseTo(at[0], 9);
      expect(y).toBeCloseTo(at[1], 9);
    }
  });

  it("keeps straight lines straight: the diagonals cross where they are seen to cross", () => {
    const [x, y] = seen(projection(floor)!, [2, 3])!;
    expect(x).toBeCloseTo(0.5, 6);
    expect(y).toBeGreaterThan(0.5);
    expect(y).toBeLessThan(0.7);
  });

  it("is none where three places lie on one line", () => {
    expect(projection(floor.map((one, n) => ({ ...one, metres: [n, 0] })))).toBeNull();
    expect(projection(floor.slice(0, 3))).toBeNull();
  });
});

describe("grid", () => {
  it("draws every metre of a small place and fewer lines of a large one", () => {
    expect(grid(floor)).toMatchObject({ step: 1 });
    expect(grid(floor).lines).toHaveLength(5 + 7);
    const field = floor.map(({ at, metres }) => ({ at, metres: [metres[0] * 30, metres[1] * 30] as const }));
    expect(grid(field).step).toBe(5);
  });
});
