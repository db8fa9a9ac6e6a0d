/** The words of the page of the waste programme. */

import type { Language } from "../format";
import type { Bin, Step } from "./api";
import type { Column } from "./columns";

export interface Words {
  readonly page: string;
  readonly demo: string;
  readonly language: string;
  readonly theme: string;
  readonly loading: string;
  failed(why: string): string;
  readonly columns: Record<Column, string>;
  readonly steps: Record<Step, string>;
  readonly none: string;
  readonly before: string;
  readonly after: string;
  readonly noPicture: string;
  readonly coming: string;
  readonly late: string;
  due(when: string): string;
  piles(count: number): string;
  reopened(count: number): string;
  readonly camera: string;
  readonly report: string;
  readonly seen: string;
  took(hours: string): string;
  readonly crew: string;
  readonly reason: string;
  readonly photograph: string;
  readonly cancel: string;
  readonly open: string;
  readonly lateOnes: string;
  readonly median: string;
  readonly repeats: string;
  readonly tonnes: string;
  readonly fullBins: string;
  readonly reporting: string;
  lastWeek(tonnes: string): string;
  ofClosed(count: number): string;
  readonly map: string;
  readonly noPiles: string;
  piled(count: number): string;
  readonly bins: string;
  readonly binsHint: string;
  readonly bin: string;
  readonly fill: string;
  readonly forecast: string;
  readonly forecasts: Record<Bin["forecast"], string>;
  hours(value: string, from: string, to: string): string;
  readonly tonnage: string;
  readonly tonnageHint: string;
  readonly day: string;
  readonly site: string;
  readonly loads: string;
  readonly weekBefore: string;
  readonly unweighed: string;
}

const ID: Words = {
  page: "Gareng Mesem",
  demo: "DEMO",
  language: "English",
  theme: "Terang / gelap",
  loading: "Memuat …",
  failed: (why) => `Data tidak dapat diambil: ${why}. Mencoba lagi.`,
  columns: {
    detected: "Terdeteksi",
    verified: "Diverifikasi",
    dispatched: "Dikerjakan",
    cleared: "Dibersihkan",
    closed: "Selesai",
  },
  steps: {
    verify: "Verifikasi",
    reject: "Bukan timbunan",
    dispatch: "Kirim regu",
    clear: "Sudah bersih",
    close: "Selesaikan",
    reopen: "Buka lagi",
  },
  none: "Kosong",
  before: "sebelum",
  after: "sesudah",
  noPicture: "tanpa gambar",
  coming: "gambar menyusul",
  late: "Terlambat",
  due: (when) => `tenggat ${when}`,
  piles: (count) => `titik berulang: ${count}× dalam 30 hari`,
  reopened: (count) => `dibuka lagi ${count}×`,
  camera: "kamera",
  report: "laporan",
  seen: "terlihat kamera",
  took: (hours) => `bersih dalam ${hours}`,
  crew: "Regu",
  reason: "Alasan",
  photograph: "Foto sesudah (JPEG, PNG)",
  cancel: "Batal",
  open: "Timbunan terbuka",
  lateOnes: "terlambat",
  median: "Median hingga bersih",
  repeats: "Titik berulang",
  tonnes: "Ton di TPA hari ini",
  fullBins: "Kontainer penuh",
  reporting: "Lokasi dengan data 24 jam",
  lastWeek: (tonnes) => `pekan lalu ${tonnes} t`,
  ofClosed: (count) => `${count} selesai dalam 30 hari`,
  map: "Peta",
  noPiles: "tidak ada timbunan",
  piled: (count) => `${count} timbunan terbuka`,
  bins: "Kontainer",
  binsHint: "garis Theil-Sen sejak dikosongkan; selang 90 %",
  bin: "Kontainer",
  fill: "Isi",
  forecast: "Penuh dalam",
  forecasts: { rising: "", full: "penuh", unknown: "tidak pasti", no_data: "tanpa data" },
  hours: (value, from, to) => `${value} jam (${from}–${to})`,
  tonnage: "Sampah masuk",
  tonnageHint: "massa ditimbang dan volume dicatat terpisah",
  day: "Hari",
  site: "Lokasi",
  loads: "Muatan",
  weekBefore: "Pekan lalu",
  unweighed: "Tidak ditimbang, m³",
};

const EN: Words = {
  page: "Gareng Mesem",
  demo: "DEMO",
  language: "Bahasa Indonesia",
  theme: "Light / dark",
  loading: "Loading …",
  failed: (why) => `The data cannot be fetched: ${why}. Trying again.`,
  columns: {
    detected: "Detected",
    verified: "Verified",
    dispatched: "Dispatched",
    cleared: "Cleared",
    closed: "Closed",
  },
  steps: {
    verify: "Verify",
    reject: "No pile",
    dispatch: "Send a crew",
    clear: "Is cleared",
    close: "Close",
    reopen: "Reopen",
  },
  none: "Empty",
  before: "before",
  after: "after",
  noPicture: "no picture",
  coming: "picture follows",
  late: "Late",
  due: (when) => `due ${when}`,
  piles: (count) => `repeat spot: ${count}× in 30 days`,
  reopened: (count) => `reopened ${count}×`,
  camera: "camera",
  report: "report",
  seen: "seen by the camera",
  took: (hours) => `cleared in ${hours}`,
  crew: "Crew",
  reason: "Reason",
  photograph: "Photograph after (JPEG, PNG)",
  cancel: "Cancel",
  open: "Open piles",
  lateOnes: "late",
  median: "Median until cleared",
  repeats: "Repeat spots",
  tonnes: "Tonnes at the TPA today",
  fullBins: "Full bins",
  reporting: "Sites with data in 24 h",
  lastWeek: (tonnes) => `last week ${tonnes} t`,
  ofClosed: (count) => `${count} closed in 30 days`,
  map: "Map",
  noPiles: "no pile",
  piled: (count) => `${count} open pile${count === 1 ? "" : "s"}`,
  bins: "Bins",
  binsHint: "Theil-Sen line since emptied; 90 % interval",
  bin: "Bin",
  fill: "Fill",
  forecast: "Full in",
  forecasts: { rising: "", full: "full", unknown: "not certain", no_data: "no data" },
  hours: (value, from, to) => `${value} h (${from}–${to})`,
  tonnage: "Waste received",
  tonnageHint: "mass that was weighed and volume that was not stand apart",
  day: "Day",
  site: "Site",
  loads: "Loads",
  weekBefore: "Week before",
  unweighed: "Not weighed, m³",
};

/** The words of a language. */
export function words(language: Language): Words {
  return language === "id" ? ID : EN;
}
