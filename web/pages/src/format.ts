/** Times, ages, numbers and units as people in Rembang write them. */

export type Language = "id" | "en";

const clocks = new Map<string, Intl.DateTimeFormat>();

function parts(at: number, timezone: string, options: Intl.DateTimeFormatOptions): Map<string, string> {
  const key = timezone + JSON.stringify(options);
  let format = clocks.get(key);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-GB", { timeZone: timezone, hourCycle: "h23", ...options });
    clocks.set(key, format);
  }
  return new Map(format.formatToParts(at).map((part) => [part.type, part.value]));
}

/** 14.05.32 in Bahasa Indonesia, 14:05:32 in English. */
export function clock(at: number, timezone: string, language: Language): string {
  const p = parts(at, timezone, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  return [p.get("hour"), p.get("minute"), p.get("second")].join(language === "id" ? "." : ":");
}

/** 23/11 14.05.32, for what may be older than a day. */
export function dayAndClock(at: number, timezone: string, language: Language): string {
  const p = parts(at, timezone, { day: "2-digit", month: "2-digit" });
  return `${p.get("day")}/${p.get("month")} ${clock(at, timezone, language)}`;
}

const SHORT: Record<Language, readonly [string, string, string, string]> = {
  id: ["d", "m", "j", "h"],
  en: ["s", "m", "h", "d"],
};

const LONG: Record<Language, readonly [string, string, string, string]> = {
  id: ["detik", "menit", "jam", "hari"],
  en: ["second", "minute", "hour", "day"],
};

function scaled(seconds: number): [number, 0 | 1 | 2 | 3] {
  const s = Math.max(seconds, 0);
  if (s < 60) return [Math.floor(s), 0];
  if (s < 3600) return [Math.floor(s / 60), 1];
  if (s < 86_400) return [Math.floor(s / 3600), 2];
  return [Math.floor(s / 86_400), 3];
}

/** 12 d, 2 m, 3 j, 2 h: an age for a narrow column. */
export function shortAge(seconds: number, language: Language): string {
  const [n, unit] = scaled(seconds);
  return `${n} ${SHORT[language][unit]}`;
}

/** 99,5 %: cut, never rounded up to a whole that was not reached. */
export function percent(share: number | null, language: Language): string {
  if (share === null) return "–";
  const text = share === 1 ? "100" : (Math.floor(share * 1_000) / 10).toFixed(1);
  return `${language === "id" ? text.replace(".", ",") : text} %`;
}

/** 3 menit lalu. */
export function ago(seconds: number, language: Language): string {
  const [n, unit] = scaled(seconds);
  if (unit === 0 && n < 2) return language === "id" ? "baru saja" : "just now";
  const word = LONG[language][unit];
  return language === "id" ? `${n} ${word} lalu` : `${n} ${word}${n === 1 ? "" : "s"} ago`;
}

/** Three significant figures or so: 1,04 - 12,3 - 1.240; none after the comma where things are counted. */
export function number(value: number, language: Language, whole = false): string {
  const size = Math.abs(value);
  const digits = whole || size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return value.toLocaleString(language === "id" ? "id-ID" : "en-GB", { maximumFractionDigits: digits });
}

/** 24,0 and 24,2: a column of figures whose commas stand below each other. */
export function tenths(value: number, language: Language): string {
  const digits = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
  return value.toLocaleString(language === "id" ? "id-ID" : "en-GB", digits);
}

const UNITS: Record<string, string> = {
  "1": "",
  "{#}": "",
  "ug/m3": "µg/m³",
  "mg/m3": "mg/m³",
  m3: "m³",
  Cel: "°C",
  "dB[A]": "dB(A)",
  "dB[mW]": "dBm",
  deg: "°",
  "1/s": "/s",
  "m/s": "m/d",
  "mm/h": "mm/jam",
  "{people}": "orang",
  "{people}/m2": "orang/m²",
  "{objects}": "barang",
};

const ENGLISH_UNITS: Record<string, string> = {
  "mm/h": "mm/h",
  "m/s": "m/s",
  "{people}": "people",
  "{people}/m2": "people/m²",
  "{objects}": "objects",
};

/** A UCUM unit as people write it; what stands in braces is the thing counted. */
export function unit(ucum: string | null, language: Language): string {
  if (ucum === null) return "";
  const english = language === "en" ? ENGLISH_UNITS[ucum] : undefined;
  return english ?? UNITS[ucum] ?? ucum.replace(/[{}]/g, "");
}

/** What is measured as a share, by metric or kind of alarm, and read as per cent. */
const SHARES = new Set(["coverage", "waste_pile", "flooded", "green_cover", "view_kept"]);

/** A value with its unit; a dash where there is none. `of` is the metric or kind of alarm it belongs to. */
export function quantity(value: number | null, ucum: string | null, language: Language, of = ""): string {
  if (value === null) return "–";
  if (SHARES.has(of) && (ucum === "1" || ucum === null)) return `${number(value * 100, language, true)} %`;
  const figure = number(value, language, ucum !== null && /^\{[^}]*\}$/.test(ucum));
  const shown = figure === "1" && language === "en" && ucum === "{people}" ? "person" : unit(ucum, language);
  return shown === "" ? figure : `${figure} ${shown}`;
}

/** A title's words and the figure it ends with: the words may be cut short on a narrow screen, the figure never. */
export function titleParts(title: string): [words: string, figure: string] {
  const found = /^(.*\S)(\s-?\d[\d.,]*(?:\s\S{1,8})?)$/.exec(title);
  return found === null ? [title, ""] : [found[1] ?? "", found[2] ?? ""];
}
