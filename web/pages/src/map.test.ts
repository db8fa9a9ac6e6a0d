import { describe, expect, it } from "vitest";

import { kecamatanLabels, kecamatanName, paper } from "./map";

const SITES = [
  { lat: -6.7028, lon: 111.3376 },
  { lat: -6.7428, lon: 111.6738 },
];

describe("the map", () => {
  it("keeps every place on the paper, north up and east to the right", () => {
    const sheet = paper(SITES, 320, 190);
    const [west, east] = SITES.map((site) => sheet.place(site));
    for (const at of [west, east]) {
      expect(at?.x).toBeGreaterThanOrEqual(0);
      expect(at?.x).toBeLessThanOrEqual(320);
      expect(at?.y).toBeGreaterThanOrEqual(0);
      expect(at?.y).toBeLessThanOrEqual(190);
    }
    expect(west!.x).toBeLessThan(east!.x);
    expect(west!.y).toBeLessThan(east!.y);
  });

  it("draws distances true: Tasikagung to Karangmangu is 37 km", () => {
    const sheet = paper(SITES, 320, 190);
    const [a, b] = SITES.map((site) => sheet.place(site));
    const shown = Math.hypot(b!.x - a!.x, b!.y - a!.y);
    expect(shown / sheet.length(1)).toBeCloseTo(37.4, 0);
  });

  it("does without sites", () => {
    expect(paper([], 320, 190).place({ lat: 0, lon: 0 })).toEqual({ x: 160, y: 95 });
  });

  it("knows the names of Rembang only", () => {
    expect(kecamatanLabels(["33.17.10"])).toHaveLength(14);
    expect(kecamatanLabels(["32.73.01"])).toEqual([]);
    expect([kecamatanName("33.17.14"), kecamatanName("32.73.01")]).toEqual(["Lasem", null]);
  });
});
