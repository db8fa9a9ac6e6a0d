/** What is drawn on a camera's picture, and how it changes: plain values, nothing of the page. */

/** x and y in shares of the picture, from the top left. */
export type Point = readonly [number, number];

export type Settings = Readonly<Record<string, unknown>>;

export interface Zone {
  readonly id: string;
  readonly polygon?: readonly Point[];
  readonly detect?: Readonly<Record<string, Settings>>;
}

export interface GroundPoint {
  readonly at: Point;
  readonly metres: Point;
}

export interface GaugeMark {
  readonly at: Point;
  readonly cm: number;
}

export interface PersonMark {
  readonly head: Point;
  readonly feet: Point;
}

export interface Drawing {
  readonly zones: readonly Zone[];
  readonly mask: readonly (readonly Point[])[];
  readonly homography: readonly GroundPoint[];
  readonly gauge: readonly GaugeMark[];
  readonly people: readonly PersonMark[];
}

export const EMPTY: Drawing = { zones: [], mask: [], homography: [], gauge: [], people: [] };

export type Kind = "zone" | "mask" | "ground" | "gauge" | "person";

/** One thing on the picture; there is one ground and one gauge, at index 0. */
export interface Choice {
  readonly kind: Kind;
  readonly index: number;
}

export const FEWEST_CORNERS = 3;
export const MOST_PEOPLE = 2;

/** Shares to a ten-thousandth: a fifth of a pixel of 1080p, and short to read in YAML. */
export function rounded(value: number): number {
  return Math.round(Math.min(Math.max(value, 0), 1) * 10_000) / 10_000;
}

export function place(x: number, y: number): Point {
  return [rounded(x), rounded(y)];
}

/** What the server gave, with every list there. */
export function complete(given: Partial<Drawing>): Drawing {
  return { ...EMPTY, ...given };
}

/** What the server gets: lists with nothing in them are left out. */
export function sparse(drawing: Drawing): Partial<Drawing> {
  return Object.fromEntries(Object.entries(drawing).filter(([, value]) => value.length > 0));
}

export function shapes(drawing: Drawing): Choice[] {
  const all: Choice[] = [];
  drawing.zones.forEach((zone, index) => zone.polygon !== undefined && all.push({ kind: "zone", index }));
  drawing.mask.forEach((_, index) => all.push({ kind: "mask", index }));
  if (drawing.homography.length > 0) all.push({ kind: "ground", index: 0 });
  if (drawing.gauge.length > 0) all.push({ kind: "gauge", index: 0 });
  drawing.people.forEach((_, index) => all.push({ kind: "person", index }));
  return all;
}

export function corners(drawing: Drawing, { kind, index }: Choice): readonly Point[] {
  switch (kind) {
    case "zone":
      return drawing.zones[index]?.polygon ?? [];
    case "mask":
      return drawing.mask[index] ?? [];
    case "ground":
      return drawing.homography.map((one) => one.at);
    case "gauge":
      return drawing.gauge.map((one) => one.at);
    case "person": {
      const person = drawing.people[index];
      return person === undefined ? [] : [person.head, person.feet];
    }
  }
}

export function isArea(kind: Kind): boolean {
  return kind === "zone" || kind === "mask";
}

function replaced<T>(list: readonly T[], index: number, change: (one: T) => T): T[] {
  return list.map((one, position) => (position === index ? change(one) : one));
}

export function withCorners(drawing: Drawing, { kind, index }: Choice, points: readonly Point[]): Drawing {
  const at = (position: number): Point => points[position] ?? [0, 0];
  switch (kind) {
    case "zone":
      return { ...drawing, zones: replaced(drawing.zones, index, (zone) => ({ ...zone, polygon: points })) };
    case "mask":
      return { ...drawing, mask: replaced(drawing.mask, index, () => points) };
    case "ground":
      return { ...drawing, homography: drawing.homography.map((one, n) => ({ ...one, at: at(n) })) };
    case "gauge":
      return { ...drawing, gauge: drawing.gauge.map((one, n) => ({ ...one, at: at(n) })) };
    case "person":
      return { ...drawing, people: replaced(drawing.people, index, () => ({ head: at(0), feet: at(1) })) };
  }
}

export function moveCorner(drawing: Drawing, choice: Choice, corner: number, to: Point): Drawing {
  return withCorners(drawing, choice, replaced(corners(drawing, choice), corner, () => place(to[0], to[1])));
}

/** Move a whole shape, as far as the picture's edge allows. */
export function moveShape(drawing: Drawing, choice: Choice, dx: number, dy: number): Drawing {
  const points = corners(drawing, choice);
  const room = (axis: 0 | 1, by: number): number => {
    const values = points.map((point) => point[axis]);
    return Math.min(Math.max(by, -Math.min(...values)), 1 - Math.max(...values));
  };
  const x = room(0, dx);
  const y = room(1, dy);
  return withCorners(drawing, choice, points.map((point) => place(point[0] + x, point[1] + y)));
}

/** Put a corner in the middle of the edge behind a corner. */
export function splitEdge(drawing: Drawing, choice: Choice, corner: number): Drawing {
  const points = corners(drawing, choice);
  const here = points[corner];
  const next = points[(corner + 1) % points.length];
  if (here === undefined || next === undefined || !isArea(choice.kind)) return drawing;
  const middle = place((here[0] + next[0]) / 2, (here[1] + next[1]) / 2);
  return withCorners(drawing, choice, [...points.slice(0, corner + 1), middle, ...points.slice(corner + 1)]);
}

export function removeCorner(drawing: Drawing, choice: Choice, corner: number): Drawing {
  const points = corners(drawing, choice);
  if (!isArea(choice.kind) || points.length <= FEWEST_CORNERS) return drawing;
  return withCorners(drawing, choice, points.filter((_, position) => position !== corner));
}

export function removeShape(drawing: Drawing, { kind, index }: Choice): Drawing {
  const without = <T>(list: readonly T[]): T[] => list.filter((_, position) => position !== index);
  switch (kind) {
    case "zone":
      return { ...drawing, zones: without(drawing.zones) };
    case "mask":
      return { ...drawing, mask: without(drawing.mask) };
    case "ground":
      return { ...drawing, homography: [] };
    case "gauge":
      return { ...drawing, gauge: [] };
    case "person":
      return { ...drawing, people: without(drawing.people) };
  }
}

/** A name that no zone has yet. */
export function freeName(zones: readonly Zone[]): string {
  const taken = new Set(zones.map((zone) => zone.id));
  let number = zones.length + 1;
  while (taken.has(`zona-${number}`)) number++;
  return `zona-${number}`;
}

export const RECTANGLE: readonly Point[] = [
  [0.3, 0.4],
  [0.7, 0.4],
  [0.7, 0.8],
  [0.3, 0.8],
];

/** Add something with places of its own, or an outline that was drawn; return it as the choice. */
export function add(drawing: Drawing, kind: Kind, outline: readonly Point[] = RECTANGLE): [Drawing, Choice] {
  switch (kind) {
    case "zone": {
      const zones = [...drawing.zones, { id: freeName(drawing.zones), polygon: outline, detect: {} }];
      return [{ ...drawing, zones }, { kind, index: zones.length - 1 }];
    }
    case "mask":
      return [{ ...drawing, mask: [...drawing.mask, outline] }, { kind, index: drawing.mask.length }];
    case "ground":
      return [{ ...drawing, homography: GROUND }, { kind, index: 0 }];
    case "gauge":
      return [{ ...drawing, gauge: GAUGE }, { kind, index: 0 }];
    case "person": {
      const x = drawing.people.length === 0 ? 0.4 : 0.6;
      const person: PersonMark = drawing.people.length === 0 ? { head: [x, 0.5], feet: [x, 0.85] } : { head: [x, 0.35], feet: [x, 0.5] };
      return [{ ...drawing, people: [...drawing.people, person] }, { kind, index: drawing.people.length }];
    }
  }
}

const GROUND: readonly GroundPoint[] = [
  { at: [0.25, 0.9], metres: [0, 0] },
  { at: [0.75, 0.9], metres: [4, 0] },
  { at: [0.62, 0.5], metres: [4, 6] },
  { at: [0.38, 0.5], metres: [0, 6] },
];

const GAUGE: readonly GaugeMark[] = [
  { at: [0.5, 0.3], cm: 100 },
  { at: [0.5, 0.7], cm: 0 },
];

/** Set or clear one setting of a detector; an empty one takes its default. */
export function withSetting(drawing: Drawing, zone: number, detector: string, name: string, value: unknown): Drawing {
  const zones = replaced(drawing.zones, zone, (one) => {
    const { [name]: _, ...others } = one.detect?.[detector] ?? {};
    const settings = value === null ? others : { ...others, [name]: value };
    return { ...one, detect: { ...one.detect, [detector]: settings } };
  });
  return { ...drawing, zones };
}

export function withDetector(drawing: Drawing, zone: number, detector: string, settings: Settings | null): Drawing {
  const zones = replaced(drawing.zones, zone, (one) => {
    const { [detector]: _, ...others } = one.detect ?? {};
    return { ...one, detect: settings === null ? others : { ...others, [detector]: settings } };
  });
  return { ...drawing, zones };
}

export function renamed(drawing: Drawing, zone: number, id: string): Drawing {
  return { ...drawing, zones: replaced(drawing.zones, zone, (one) => ({ ...one, id })) };
}

export function withMetres(drawing: Drawing, index: number, metres: Point): Drawing {
  return { ...drawing, homography: replaced(drawing.homography, index, (one) => ({ ...one, metres })) };
}

export function withCm(drawing: Drawing, index: number, cm: number): Drawing {
  return { ...drawing, gauge: replaced(drawing.gauge, index, (one) => ({ ...one, cm })) };
}

/** What was, is, and would be again. */
export interface History {
  readonly past: readonly Drawing[];
  readonly now: Drawing;
  readonly future: readonly Drawing[];
  /** What the last change was part of: a drag, or typing in one field, is undone as a whole. */
  readonly stroke: string | null;
}

const MOST_PAST = 200;

export function begin(drawing: Drawing): History {
  return { past: [], now: drawing, future: [], stroke: null };
}

export function changed(history: History, next: Drawing, stroke: string | null = null): History {
  if (next === history.now) return history;
  if (stroke !== null && stroke === history.stroke) return { ...history, now: next, future: [] };
  return { past: [...history.past, history.now].slice(-MOST_PAST), now: next, future: [], stroke };
}

export function undone(history: History): History {
  const before = history.past.at(-1);
  if (before === undefined) return history;
  return { past: history.past.slice(0, -1), now: before, future: [history.now, ...history.future], stroke: null };
}

export function redone(history: History): History {
  const [after, ...future] = history.future;
  if (after === undefined) return history;
  return { past: [...history.past, history.now], now: after, future, stroke: null };
}
