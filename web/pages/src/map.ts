/** A map without tiles: positions on paper, from coordinates alone. */

export interface Point {
  readonly lat: number;
  readonly lon: number;
}

export interface Paper {
  readonly width: number;
  readonly height: number;
  place(point: Point): { readonly x: number; readonly y: number };
  /** Length on paper of a distance on the ground. */
  length(km: number): number;
}

/** Kilometres in a degree of latitude (mean Earth radius 6371 km). */
const KM_PER_DEGREE = 111.195;
/** A map never shows less than this, so that one site does not fill it with nothing. */
const LEAST_KM = 12;
const MARGIN = 22;

/** Fit the points on paper of the given width; equirectangular about their middle, good to a pixel over a regency. */
export function paper(points: readonly Point[], width: number, height: number): Paper {
  const lats = points.map((point) => point.lat);
  const lons = points.map((point) => point.lon);
  const middle = { lat: middleOf(lats), lon: middleOf(lons) };
  const kmPerLon = KM_PER_DEGREE * Math.cos((middle.lat * Math.PI) / 180);
  const tallKm = Math.max(spanOf(lats) * KM_PER_DEGREE, LEAST_KM);
  const wideKm = Math.max(spanOf(lons) * kmPerLon, LEAST_KM);
  const scale = Math.min((width - 2 * MARGIN) / wideKm, (height - 2 * MARGIN) / tallKm);
  return {
    width,
    height,
    place: (point) => ({
      x: width / 2 + (point.lon - middle.lon) * kmPerLon * scale,
      y: height / 2 - (point.lat - middle.lat) * KM_PER_DEGREE * scale,
    }),
    length: (km) => km * scale,
  };
}

function middleOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : (Math.min(...values) + Math.max(...values)) / 2;
}

function spanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : Math.max(...values) - Math.min(...values);
}

/** Middle points of the kecamatan of Kabupaten Rembang (33.17), Kepmendagri 300.2.2-2430/2025 polygons. */
const REMBANG: Record<string, readonly [string, number, number]> = {
  "33.17.01": ["Sumber", -6.7996, 111.2845],
  "33.17.02": ["Bulu", -6.8559, 111.3775],
  "33.17.03": ["Gunem", -6.842, 111.4767],
  "33.17.04": ["Sale", -6.8529, 111.5647],
  "33.17.05": ["Sarang", -6.7723, 111.6339],
  "33.17.06": ["Sedan", -6.7577, 111.555],
  "33.17.07": ["Pamotan", -6.7709, 111.4598],
  "33.17.08": ["Sulang", -6.7885, 111.3654],
  "33.17.09": ["Kaliori", -6.7229, 111.2772],
  "33.17.10": ["Rembang", -6.7206, 111.3729],
  "33.17.11": ["Pancur", -6.7249, 111.481],
  "33.17.12": ["Kragan", -6.6919, 111.5767],
  "33.17.13": ["Sluke", -6.6502, 111.5145],
  "33.17.14": ["Lasem", -6.6863, 111.4656],
};

export interface Label extends Point {
  readonly name: string;
}

/** A kecamatan's name; null where the city is not one we know. */
export function kecamatanName(code: string): string | null {
  return REMBANG[code]?.[0] ?? null;
}

/** Names to find one's way by, where the city is one we know; none elsewhere. */
export function kecamatanLabels(codes: readonly string[]): readonly Label[] {
  if (!codes.some((code) => code in REMBANG)) return [];
  return Object.values(REMBANG).map(([name, lat, lon]) => ({ name, lat, lon }));
}
