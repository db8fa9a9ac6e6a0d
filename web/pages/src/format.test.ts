import { describe, expect, it } from "vitest";

import { ago, clock, dayAndClock, quantity, shortAge } from "./format";

const NOON = Date.parse("2026-11-23T05:05:32Z");

describe("times", () => {
  it("are the city's, whatever the browser's zone", () => {
    expect(clock(NOON, "Asia/Jakarta", "id")).toBe("12.05.32");
    expect(clock(NOON, "Asia/Jayapura", "en")).toBe("14:05:32");
    expect(clock(Date.parse("2026-11-22T17:00:00Z"), "Asia/Jakarta", "id")).toBe("00.00.00");
    expect(dayAndClock(NOON, "Asia/Jakarta", "id")).toBe("23/11 12.05.32");
  });

  it("have ages in words and in short", () => {
    expect(ago(0, "id")).toBe("baru saja");
    expect(ago(180, "id")).toBe("3 menit lalu");
    expect(ago(3_600, "en")).toBe("1 hour ago");
    expect(ago(200_000, "en")).toBe("2 days ago");
    expect(shortAge(12.9, "id")).toBe("12 d");
    expect(shortAge(59.9, "id")).toBe("59 d");
    expect(shortAge(7_200, "id")).toBe("2 j");
    expect(shortAge(-3, "id")).toBe("0 d");
  });
});

describe("quantities", () => {
  it("have a decimal comma in Bahasa Indonesia and always their unit", () => {
    expect(quantity(1.04, "m", "id")).toBe("1,04 m");
    expect(quantity(1.04, "m", "en")).toBe("1.04 m");
    expect(quantity(38.24, "ug/m3", "id")).toBe("38,2 µg/m³");
    expect(quantity(1240.4, "ug/m3", "id")).toBe("1.240 µg/m³");
    expect(quantity(12, "mm/h", "id")).toBe("12 mm/jam");
    expect(quantity(14, "1", "id")).toBe("14");
    expect(quantity(null, "m", "id")).toBe("–");
  });
});
