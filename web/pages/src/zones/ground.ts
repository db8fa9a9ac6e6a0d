/** The ground seen in perspective: where a place in metres lies in the picture. */

import type { GroundPoint, Point } from "./model";

/** Nine numbers, row by row, that take metres to shares. */
export type Homography = readonly number[];

/**
 * Return the projection that takes four places in metres to where they are seen, null where three lie on a line.
 *
 * Solves the eight linear equations of a homography with its last element 1 (Hartley and Zisserman, Multiple View
 * Geometry, 4.1) by Gaussian elimination.
 */
export function projection(points: readonly GroundPoint[]): Homography | null {
  if (points.length !== 4) return null;
  const rows: number[][] = [];
  for (const { at, metres } of points) {
    const [x, y] = metres;
    const [u, v] = at;
    rows.push([x, y, 1, 0, 0, 0, -u * x, -u * y, u], [0, 0, 0, x, y, 1, -v * x, -v * y, v]);
  }
  const solved = solve(rows);
  return solved === null ? null : [...solved, 1];
}

const SINGULAR = 1e-9;

function solve(rows: number[][]): number[] | null {
  const size = rows.length;
  for (let column = 0; column < size; column++) {
    const pivot = rows.slice(column).reduce((best, row) => (Math.abs(row[column]!) > Math.abs(best[column]!) ? row : best));
    if (Math.abs(pivot[column]!) < SINGULAR) return null;
    rows.splice(rows.indexOf(pivot), 1);
    rows.splice(column, 0, pivot);
    for (const [index, row] of rows.entries()) {
      if (index === column) continue;
      const factor = row[column]! / pivot[column]!;
      for (let n = column; n <= size; n++) row[n]! -= factor * pivot[n]!;
    }
  }
  return rows.map((row, index) => row[size]! / row[index]!);
}

/** Return where a place in metres is seen, null where it lies behind the camera. */
export function seen(h: Homography, [x, y]: Point): Point | null {
  const w = h[6]! * x + h[7]! * y + h[8]!;
  if (w <= SINGULAR) return null;
  return [(h[0]! * x + h[1]! * y + h[2]!) / w, (h[3]! * x + h[4]! * y + h[5]!) / w];
}

const MOST_LINES = 40;

/** Return the lines of a grid over the four places: every metre, or coarser where that would be too many. */
export function grid(points: readonly GroundPoint[]): { readonly lines: readonly (readonly [Point, Point])[]; readonly step: number } {
  const h = projection(points);
  if (h === null) return { lines: [], step: 1 };
  const xs = points.map((one) => one.metres[0]);
  const ys = points.map((one) => one.metres[1]);
  const [left, right, near, far] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const longest = Math.max(right - left, far - near);
  const step = [1, 2, 5, 10, 20, 50, 100].find((size) => longest / size <= MOST_LINES) ?? longest / MOST_LINES;
  const lines: [Point, Point][] = [];
  const line = (from: Point, to: Point) => {
    const [a, b] = [seen(h, from), seen(h, to)];
    if (a !== null && b !== null) lines.push([a, b]);
  };
  for (let x = left; x <= right + SINGULAR; x += step) line([x, near], [x, far]);
  for (let y = near; y <= far + SINGULAR; y += step) line([left, y], [right, y]);
  return { lines, step };
}
