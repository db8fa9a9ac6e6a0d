/** The words of the governance page: official Bahasa Indonesia first, English by switch. */

import type { Language } from "../format";
import type { Freshness } from "./api";

const id = {
  page: "Tata kelola",
  demo: "DEMO",
  matrix: "OPD per hari",
  matrixHint: "30 hari terakhir; pilih OPD untuk rinciannya",
  today: "Data hari ini",
  all: "semua",
  onlyMissing: "hanya yang belum",
  league: "Peringkat OPD",
  leagueHint: "30 hari sampai kemarin",
  places: "Cakupan per kecamatan",
  placesHint: "kamera dan sensor",
  programmes: "Program Smart City",
  opd: "OPD",
  dataset: "Data",
  state: "Keadaan",
  latest: "Terakhir",
  streak: "Beruntun",
  contact: "Kontak",
  share: "Tepat waktu",
  code: "Kecamatan",
  delivered: "Masuk hari ini",
  availability: "Ketersediaan",
  dimension: "Dimensi",
  programme: "Program",
  never: "belum pernah",
  none: "Belum ada data yang terdaftar. Tambahkan governance.datasets di berkas kota.",
  nothingMissing: "Semua data sudah masuk.",
  daysOf: (n: number) => `${n} hari`,
  cell: (day: string, fresh: number, all: number) => `${day}: ${fresh} dari ${all} masuk`,
  failed: (why: string) => `Data tidak dapat dimuat: ${why} Mencoba lagi…`,
  loading: "Memuat…",
  language: "Bahasa",
  theme: "Tema terang atau gelap",
  noOffice: "Tanpa OPD",
  metadata: {
    definition: "Definisi",
    unit: "Satuan",
    method: "Cara",
    classification: "Klasifikasi",
    region: "Kode wilayah",
    licence: "Lisensi",
    contact: "Kontak",
    walidata: "Walidata",
  } as Readonly<Record<string, string>>,
};

export type Words = typeof id;

const en: Words = {
  page: "Governance",
  demo: "DEMO",
  matrix: "Offices by day",
  matrixHint: "last 30 days; choose an office for its data",
  today: "Today's data",
  all: "all",
  onlyMissing: "only what is missing",
  league: "League of offices",
  leagueHint: "30 days up to yesterday",
  places: "Coverage by kecamatan",
  placesHint: "cameras and sensors",
  programmes: "Smart-city programmes",
  opd: "Office",
  dataset: "Data",
  state: "State",
  latest: "Last",
  streak: "In a row",
  contact: "Contact",
  share: "In time",
  code: "Kecamatan",
  delivered: "Delivered today",
  availability: "Availability",
  dimension: "Dimension",
  programme: "Programme",
  never: "never",
  none: "No data is registered yet. Add governance.datasets to the site file.",
  nothingMissing: "Everything has been delivered.",
  daysOf: (n: number) => `${n} day${n === 1 ? "" : "s"}`,
  cell: (day: string, fresh: number, all: number) => `${day}: ${fresh} of ${all} delivered`,
  failed: (why: string) => `The data could not be loaded: ${why} Trying again…`,
  loading: "Loading…",
  language: "Language",
  theme: "Light or dark theme",
  noOffice: "No office",
  metadata: {
    definition: "Definition",
    unit: "Unit",
    method: "Method",
    classification: "Classification",
    region: "Region code",
    licence: "Licence",
    contact: "Contact",
    walidata: "Data steward",
  },
};

export function words(language: Language): Words {
  return language === "id" ? id : en;
}

const STATES: Record<Language, Record<Freshness, string>> = {
  id: { fresh: "masuk", late: "terlambat", silent: "diam" },
  en: { fresh: "delivered", late: "late", silent: "silent" },
};

export function stateWord(state: Freshness, language: Language): string {
  return STATES[language][state];
}
