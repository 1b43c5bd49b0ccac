import type { Raster } from "./raster.ts";
import type { Rows } from "./rows.ts";

/**
 * Draws points of the plane as ink on white, the square [-limit, limit]^2; points outside are left out.
 * @throws RangeError unless the rows are points [2]
 */
export const scatter = (
  { n, shape, data }: Rows,
  { size = 512, limit = 3 }: { readonly size?: number; readonly limit?: number } = {},
): Raster => {
  if (shape.length !== 1 || shape[0] !== 2)
    throw new RangeError(`scatter: points must be [2], got [${shape.join(", ")}]`);
  const pixels = new Uint8Array(size * size).fill(255);
  const place = (value: number) => Math.floor(((value + limit) / (2 * limit)) * size);
  const ink = (x: number, y: number) => {
    if (x >= 0 && x < size && y >= 0 && y < size) pixels[y * size + x] = Math.round(pixels[y * size + x]! * 0.45);
  };
  for (let i = 0; i < n; i++) {
    const x = place(data[2 * i]!);
    const y = size - 1 - place(data[2 * i + 1]!);
    for (const [dx, dy] of [
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ] as const)
      ink(x + dx, y + dy);
  }
  return { width: size, height: size, channels: 1, data: pixels };
};
