import { describe, expect, it } from "vitest";

import { ago, clock, dayAndClock, percent, quantity, shortAge, tenths, titleParts } from "./format";

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

  it("count whole people, and whatever else stands in braces", () => {
    expect(quantity(11.6, "{people}", "id")).toBe("12 orang");
    expect(quantity(11.6, "{people}", "en")).toBe("12 people");
    expect(quantity(1.2, "{people}", "en")).toBe("1 person");
    expect(quantity(2.5, "{bins}", "id")).toBe("3 bins");
  });

  it("keep the fractions of what is counted on an area", () => {
    expect(quantity(2.43, "{people}/m2", "id")).toBe("2,43 orang/m²");
    expect(quantity(2.43, "{people}/m2", "en")).toBe("2.43 people/m²");
    expect(quantity(2, "{objects}", "id")).toBe("2 barang");
  });

  it("show shares of a zone or view as per cent", () => {
    expect(quantity(0.183, "1", "id", "flooded")).toBe("18 %");
    expect(quantity(0.7, "1", "en", "green_cover")).toBe("70 %");
    expect(quantity(0.98, "1", "id", "view_kept")).toBe("98 %");
  });

  it("show a covered share as per cent", () => {
    expect(quantity(0.42925, "1", "id", "coverage")).toBe("43 %");
    expect(quantity(0.31, null, "id", "waste_pile")).toBe("31 %");
    expect(quantity(0.43, "1", "id", "ph")).toBe("0,43");
  });

  it("at a title's end stand apart from its words", () => {
    expect(titleParts("Pasang rob siaga (demo) 108 cm")).toEqual(["Pasang rob siaga (demo)", " 108 cm"]);
    expect(titleParts("Hujan sangat lebat 1.240,5 mm/jam")).toEqual(["Hujan sangat lebat", " 1.240,5 mm/jam"]);
    expect(titleParts("PM2.5 tinggi (sesaat) 84 µg/m³")).toEqual(["PM2.5 tinggi (sesaat)", " 84 µg/m³"]);
    expect(titleParts("Suhu -2 °C")).toEqual(["Suhu", " -2 °C"]);
    expect(titleParts("Sensor diam")).toEqual(["Sensor diam", ""]);
    expect(titleParts("108 cm")).toEqual(["108 cm", ""]);
  });
});

describe("tenths", () => {
  it("have one figure after the comma, also where it is naught", () => {
    expect([26, 26.14, 1240.96].map((one) => tenths(one, "id"))).toEqual(["26,0", "26,1", "1.241,0"]);
    expect(tenths(26, "en")).toBe("26.0");
  });
});

describe("percent", () => {
  it("never rounds up to a whole that was not reached", () => {
    expect(percent(0.99999, "en")).toBe("99.9 %");
    expect(percent(1, "id")).toBe("100 %");
    expect(percent(0.0004, "id")).toBe("0,0 %");
    expect(percent(null, "id")).toBe("–");
  });
});
