/** The words of the page: official Bahasa Indonesia first, English by switch. */

import type { AlarmState, LifeState, Presence } from "./api";
import type { Language } from "./format";

const id = {
  wall: "Dinding alarm",
  demo: "DEMO",
  demoHint: "Data peragaan, bukan keadaan sebenarnya",
  active: "Aktif",
  returned: "Pulih",
  past: "Riwayat",
  live: "langsung",
  connecting: "menyambung",
  lost: "terputus",
  lastEvent: "peristiwa terakhir",
  data: "data",
  dataHint: "Seberapa jauh data tertinggal dari saat ini",
  cameras: "Kamera",
  sensors: "Sensor",
  up: "hidup",
  operator: "Operator",
  waiting: (n: number) => `${n} baru`,
  emptyActive: "Tidak ada alarm.",
  emptyReturned: "Tidak ada alarm pulih yang menunggu diterima.",
  emptyPast: "Belum ada riwayat.",
  calmSince: (time: string) => `Kota tenang sejak ${time}.`,
  emptyUnknown: "Tidak ada alarm yang diketahui, tetapi data berhenti masuk.",
  stopped: (age: string) => `Data berhenti sejak ${age}. Yang tampak di sini mungkin tidak lengkap.`,
  notYet: "Belum ada data yang masuk. Pantau sedang mulai.",
  noServer: (time: string) => `Server tidak menjawab sejak ${time}. Mencoba lagi…`,
  streamLost: "Sambungan langsung terputus. Menyambung kembali…",
  more: "Muat yang lebih lama",
  accept: "Terima",
  accepting: "Menerima…",
  accepted: (who: string) => `Diterima oleh ${who}`,
  choose: "Pilih alarm untuk melihat gambar dan rinciannya.",
  gone: "Alarm ini tidak ditemukan.",
  evidence: "Gambar bukti",
  enlarge: "Klik untuk memperbesar",
  metStep: "terpenuhi",
  shownStep: "tampil",
  pictureComing: "Gambar menyusul",
  latestPicture: "Gambar terkini",
  noPicture: "Belum ada gambar",
  nearby: "Kamera di lokasi ini",
  ofAge: (age: string) => `umur ${age}`,
  old: (age: string) => `Gambar lama: ${age}`,
  facts: "Rincian",
  value: "Nilai",
  site: "Lokasi",
  source: "Sumber",
  zone: "Zona",
  since: "Sejak",
  occurrences: "Kejadian",
  times: (n: number) => `${n} kali`,
  history: "Riwayat",
  raised: "Alarm muncul",
  ackedStep: (who: string) => `Diterima oleh ${who}`,
  clearedStep: "Keadaan pulih",
  updatedStep: "Perubahan terakhir",
  sites: "Lokasi",
  allSites: "Semua lokasi",
  calm: "tenang",
  unknown: "tak diketahui",
  values: "Nilai langsung",
  noValues: "Belum ada nilai.",
  noSensors: "Tidak ada sensor di berkas kota.",
  devices: "Perangkat",
  today: "hari ini",
  week: "7 hari",
  share: "Bagian waktu sensor hadir, dari waktu Pantau mendengarkan",
  battery: "baterai",
  signal: "sinyal",
  clockOff: (seconds: string) => `jam meleset ${seconds} d`,
  noCameras: "Tidak ada kamera di berkas kota.",
  back: "Kembali",
  close: "Tutup",
  help: "Bantuan",
  keys: "Tombol",
  keyMove: "ke alarm berikutnya, sebelumnya",
  keyOpen: "ke rincian, untuk menggulirnya dengan ↓ ↑",
  keyAccept: "terima alarm terpilih",
  keyClear: "batalkan pilihan",
  keyHelp: "tampilkan bantuan ini",
  tabs: "Daftar alarm",
  themeDark: "Tema gelap",
  themeLight: "Tema terang",
  language: "English",
  loading: "Memuat…",
  failed: "Gagal",
  unacknowledged: "belum diterima",
};

export type Words = typeof id;

const en: Words = {
  wall: "Alarm wall",
  demo: "DEMO",
  demoHint: "Demonstration data, not the real situation",
  active: "Active",
  returned: "Returned",
  past: "History",
  live: "live",
  connecting: "connecting",
  lost: "cut off",
  lastEvent: "last event",
  data: "data",
  dataHint: "How far the data lags behind the present",
  cameras: "Cameras",
  sensors: "Sensors",
  up: "up",
  operator: "Operator",
  waiting: (n) => `${n} new`,
  emptyActive: "No alarms.",
  emptyReturned: "No returned alarms wait to be acknowledged.",
  emptyPast: "No history yet.",
  calmSince: (time) => `The city has been calm since ${time}.`,
  emptyUnknown: "No known alarms, but data has stopped coming.",
  stopped: (age) => `Data stopped ${age}. What is shown here may be incomplete.`,
  notYet: "Nothing has been heard yet. Pantau is starting.",
  noServer: (time) => `The server has not answered since ${time}. Trying again…`,
  streamLost: "The live connection is cut. Reconnecting…",
  more: "Load older ones",
  accept: "Acknowledge",
  accepting: "Acknowledging…",
  accepted: (who) => `Acknowledged by ${who}`,
  choose: "Choose an alarm to see its picture and details.",
  gone: "This alarm was not found.",
  evidence: "Evidence",
  enlarge: "Click to enlarge",
  metStep: "met",
  shownStep: "shown",
  pictureComing: "Picture on its way",
  latestPicture: "Latest picture",
  noPicture: "No picture yet",
  nearby: "Camera at this site",
  ofAge: (age) => `${age} old`,
  old: (age) => `Old picture: ${age}`,
  facts: "Details",
  value: "Value",
  site: "Site",
  source: "Source",
  zone: "Zone",
  since: "Since",
  occurrences: "Occurrences",
  times: (n) => `${n} times`,
  history: "History",
  raised: "Alarm raised",
  ackedStep: (who) => `Acknowledged by ${who}`,
  clearedStep: "Condition returned to normal",
  updatedStep: "Last change",
  sites: "Sites",
  allSites: "All sites",
  calm: "calm",
  unknown: "not known",
  values: "Live values",
  noValues: "No values yet.",
  noSensors: "The site file has no sensors.",
  devices: "Devices",
  today: "today",
  week: "7 days",
  share: "Share of time the sensor was there, of the time Pantau listened",
  battery: "battery",
  signal: "signal",
  clockOff: (seconds: string) => `clock off by ${seconds} s`,
  noCameras: "The site file has no cameras.",
  back: "Back",
  close: "Close",
  help: "Help",
  keys: "Keys",
  keyMove: "to the next, previous alarm",
  keyOpen: "to its details, to scroll them by ↓ ↑",
  keyAccept: "acknowledge the selected alarm",
  keyClear: "clear the selection",
  keyHelp: "show this help",
  tabs: "Alarm lists",
  themeDark: "Dark theme",
  themeLight: "Light theme",
  language: "Bahasa Indonesia",
  loading: "Loading…",
  failed: "Failed",
  unacknowledged: "not acknowledged",
};

const PRIORITIES: Record<Language, readonly [string, string, string, string]> = {
  id: ["Darurat", "Tinggi", "Sedang", "Rendah"],
  en: ["Emergency", "High", "Medium", "Low"],
};

const STATES: Record<Language, Record<AlarmState, string>> = {
  id: {
    NORM: "Normal",
    UNACK: "Aktif, belum diterima",
    ACKED: "Aktif, sudah diterima",
    RTNUN: "Pulih, belum diterima",
    LATCH: "Menunggu reset",
    SHLVD: "Ditunda",
    DSUPR: "Ditekan sistem",
    OOSRV: "Tidak beroperasi",
  },
  en: {
    NORM: "Normal",
    UNACK: "Active, not acknowledged",
    ACKED: "Active, acknowledged",
    RTNUN: "Returned, not acknowledged",
    LATCH: "Waits for reset",
    SHLVD: "Shelved",
    DSUPR: "Suppressed by design",
    OOSRV: "Out of service",
  },
};

const QUALITIES: Record<Language, Record<string, string>> = {
  id: {
    missing: "hilang",
    stale: "usang",
    out_of_range: "di luar batas",
    stuck: "macet",
    spike: "lonjakan",
    clock_skew: "jam salah",
    duplicate: "ganda",
    late: "terlambat",
  },
  en: { out_of_range: "out of range", clock_skew: "clock skew" },
};

const LIVES: Record<Language, Record<LifeState, string>> = {
  id: { online: "hadir", late: "terlambat", gone: "hilang", unwatched: "tidak dipantau" },
  en: { online: "online", late: "late", gone: "gone", unwatched: "not watched" },
};

const PRESENCES: Record<Language, Record<Presence, string>> = {
  id: { up: "hidup", silent: "diam", offline: "luring", unknown: "belum diketahui" },
  en: { up: "up", silent: "silent", offline: "offline", unknown: "not known yet" },
};

export function words(language: Language): Words {
  return language === "en" ? en : id;
}

export function priorityWord(level: number, language: Language): string {
  return PRIORITIES[language][Math.min(Math.max(level, 1), 4) - 1] ?? "";
}

export function stateWord(state: AlarmState, language: Language): string {
  return STATES[language][state];
}

export function qualityWord(quality: string, language: Language): string {
  return QUALITIES[language][quality] ?? quality;
}

/** What a sensor never heard is called, too. */
export function lifeWord(state: LifeState | null, language: Language): string {
  return state === null ? (language === "id" ? "belum terdengar" : "never heard") : LIVES[language][state];
}

export function presenceWord(presence: Presence, language: Language): string {
  return PRESENCES[language][presence];
}
