/** The words of the drawing page: Bahasa Indonesia first, English by switch. */

import type { Language } from "../format";
import type { DetectorAbout, Field } from "./api";
import type { Kind } from "./model";

const id = {
  page: "Gambar zona",
  undo: "Urungkan",
  redo: "Ulangi",
  another: "Gambar lain",
  taking: "Mengambil gambar…",
  zone: "Zona",
  wholeZone: "Zona seluruh gambar",
  mask: "Topeng",
  maskHint: "Bagian yang tidak pernah dilihat: jendela rumah, jalan tetangga.",
  ground: "Tanah",
  groundHint: "Empat titik di tanah yang jaraknya Anda ukur. Kotak-kotak harus tampak rata di tanah.",
  gauge: "Papan duga",
  gaugeHint: "Dua tanda papan duga dan bacaannya.",
  person: "Orang",
  peopleHint: "Satu orang dekat dan satu orang jauh: kepala dan kaki.",
  draw: "Klik sudut-sudutnya; Enter menutup, Esc membatalkan.",
  rectangle: "Pakai persegi",
  close: "Tutup garis",
  cancel: "Batal",
  remove: "Hapus",
  name: "Nama",
  nothing: "Belum ada yang digambar. Mulai dengan tombol Zona.",
  noDetector: "Pilih paling sedikit satu pendeteksi: tanpa itu zona ini tidak berguna.",
  whole: "seluruh gambar",
  corner: "Sudut",
  addCorner: "Tambah sudut",
  east: "timur, m",
  north: "utara, m",
  point: "Titik",
  mark: "Tanda",
  head: "kepala",
  feet: "kaki",
  squares: (step: number) => `kotak ${step} m`,
  standard: "baku",
  yaml: "YAML",
  copy: "Salin",
  copied: "Tersalin",
  save: (place: string) => `Simpan ke ${place}`,
  saved: (place: string) => `Tersimpan di ${place}.`,
  wrong: (n: number) => `${n} kesalahan`,
  notes: (n: number) => `${n} catatan`,
  done: "Selesai",
  over: "Selesai. Tab ini boleh ditutup.",
  unsavedLeave: "Ada perubahan yang belum disimpan. Tetap selesai?",
  lost: "Pantau di terminal tidak menjawab lagi. Salin YAML sebelum menutup tab ini.",
  loading: "Memuat…",
  themeDark: "Tema gelap",
  themeLight: "Tema terang",
  language: "English",
  keys: "Tombol: Tab memilih sudut, panah menggeser (Shift: 10), Del menghapus, Ctrl+Z mengurungkan.",
  visible: "Orang di gambar ini tampak jelas; gambar hanya ada di memori.",
  canvas: "Gambar kamera",
};

export type Words = typeof id;

const en: Words = {
  page: "Draw zones",
  undo: "Undo",
  redo: "Redo",
  another: "Another picture",
  taking: "Taking a picture…",
  zone: "Zone",
  wholeZone: "Zone of the whole picture",
  mask: "Mask",
  maskHint: "Parts that are never looked at: windows of houses, a neighbour's street.",
  ground: "Ground",
  groundHint: "Four places on the ground whose distances you measured. The squares must seem to lie flat on it.",
  gauge: "Gauge",
  gaugeHint: "Two marks of the gauge and what they say.",
  person: "Person",
  peopleHint: "One near and one far person: head and feet.",
  draw: "Click the corners; Enter closes, Esc cancels.",
  rectangle: "Use a rectangle",
  close: "Close the outline",
  cancel: "Cancel",
  remove: "Remove",
  name: "Name",
  nothing: "Nothing is drawn yet. Begin with the button Zone.",
  noDetector: "Choose at least one detector: without one this zone does nothing.",
  whole: "whole picture",
  corner: "Corner",
  addCorner: "Add a corner",
  east: "east, m",
  north: "north, m",
  point: "Point",
  mark: "Mark",
  head: "head",
  feet: "feet",
  squares: (step) => `squares of ${step} m`,
  standard: "default",
  yaml: "YAML",
  copy: "Copy",
  copied: "Copied",
  save: (place) => `Save to ${place}`,
  saved: (place) => `Saved in ${place}.`,
  wrong: (n) => `${n} mistake${n === 1 ? "" : "s"}`,
  notes: (n) => `${n} note${n === 1 ? "" : "s"}`,
  done: "Done",
  over: "Done. You may close this tab.",
  unsavedLeave: "There are changes that are not saved. Finish anyway?",
  lost: "Pantau in the terminal no longer answers. Copy the YAML before you close this tab.",
  loading: "Loading…",
  themeDark: "Dark theme",
  themeLight: "Light theme",
  language: "Bahasa Indonesia",
  keys: "Keys: Tab chooses a corner, arrows move it (Shift: 10), Del removes it, Ctrl+Z undoes.",
  visible: "People in this picture are recognisable; it stays in memory only.",
  canvas: "Picture of the camera",
};

export function words(language: Language): Words {
  return language === "en" ? en : id;
}

const DETECTORS: Record<string, readonly [string, string]> = {
  crowding: ["Kerumunan", "Crowding"],
  waste_pile: ["Tumpukan sampah", "Waste pile"],
  abandoned_object: ["Benda ditinggalkan", "Abandoned object"],
  water_level: ["Muka air", "Water level"],
  green_cover: ["Tutupan hijau", "Green cover"],
};

const FIELDS: Record<string, readonly [string, string]> = {
  count: ["orang", "people"],
  area_m2: ["luas, m²", "area, m²"],
  density_per_m2: ["orang per m²", "people per m²"],
  hold_s: ["bertahan, detik", "held for, seconds"],
  coverage: ["bagian tertutup, 0–1", "share covered, 0–1"],
  reference: ["gambar bersih", "clean picture"],
  after_s: ["setelah, detik", "after, seconds"],
};

function chosen(pair: readonly [string, string] | undefined, language: Language, otherwise: string): string {
  return pair === undefined ? otherwise : pair[language === "en" ? 1 : 0];
}

export function detectorWord(detector: DetectorAbout, language: Language): string {
  return chosen(DETECTORS[detector.name], language, detector.about || detector.name);
}

export function fieldWord(field: Field, language: Language): string {
  return chosen(FIELDS[field.name], language, field.name.replaceAll("_", " "));
}

export function kindWord(kind: Kind, words: Words): string {
  return words[kind];
}
