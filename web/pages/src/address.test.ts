import { describe, expect, it } from "vitest";

import { read, write, type Address } from "./address";

describe("the address", () => {
  it("is empty for the default view", () => {
    expect(write(read(""))).toBe("");
  });

  it("opens the same view again", () => {
    const view: Address = {
      tab: "past",
      alarm: "0190-a",
      camera: "cam & co",
      site: "alun-alun",
      grouped: false,
      group: "alun-alun/crowding",
      stale: true,
      language: "en",
      theme: "dark",
    };
    expect(read(write(view))).toEqual(view);
  });

  it("falls back where it says nonsense", () => {
    expect(read("?tab=x&lang=fr&theme=pink")).toEqual(read(""));
  });
});
