import type { Polyline } from "./spline.ts";

/** Pixels over which a stroke's edge fades. */
const EDGE = 1.3;

/**
 * Paints lines as strokes of a round pen: each pixel by its distance to the nearest piece, faded over the pen's edge.
 * @param lines coordinates in pixels; pixel (i, j) has its centre at (i + 1/2, j + 1/2)
 * @param radius half of the strokes' thickness where they begin
 * @param taper the factor of the radius where they end
 * @param out size·size numbers, overwritten: -1 is dark, 1 is light
 */
export const paint = (
  lines: readonly Polyline[],
  radius: number,
  taper: number,
  size: number,
  out: Float32Array,
): void => {
  // first the distance by which each pixel lies inside of the pen (negative outside), then its light
  out.fill(-EDGE);
  for (const line of lines)
    for (let i = 2; i < line.length; i += 2)
      paintPiece(line, i, radius * (1 + (taper - 1) * (i / line.length)), size, out);
  for (let i = 0; i < out.length; i++) {
    const u = Math.min(1, Math.max(0, out[i]! / EDGE + 0.5));
    out[i] = 2 * u * u * (3 - 2 * u) - 1;
  }
};

const paintPiece = (line: Polyline, i: number, radius: number, size: number, out: Float32Array): void => {
  const [x0, y0] = [line[i - 2]!, line[i - 1]!];
  const [dx, dy] = [line[i]! - x0, line[i + 1]! - y0];
  const scale = 1 / Math.max(1e-12, dx * dx + dy * dy);
  const reach = radius + EDGE;
  const left = Math.max(0, Math.floor(Math.min(x0, x0 + dx) - reach));
  const right = Math.min(size - 1, Math.ceil(Math.max(x0, x0 + dx) + reach));
  const top = Math.max(0, Math.floor(Math.min(y0, y0 + dy) - reach));
  const bottom = Math.min(size - 1, Math.ceil(Math.max(y0, y0 + dy) + reach));
  for (let y = top; y <= bottom; y++)
    for (let x = left; x <= right; x++) {
      const px = x + 0.5 - x0;
      const py = y + 0.5 - y0;
      const along = Math.min(1, Math.max(0, (px * dx + py * dy) * scale));
      const ex = px - along * dx;
      const ey = py - along * dy;
      const depth = radius - Math.sqrt(ex * ex + ey * ey);
      const at = y * size + x;
      if (depth > out[at]!) out[at] = depth;
    }
};
