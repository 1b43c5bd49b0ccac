import { toBytes } from "@nonmarkov/data";
import type { Raster } from "./raster.ts";
import type { Rows } from "./rows.ts";

const gray = 128;

/** How a grid is laid out. */
export type GridOptions = { readonly columns?: number; readonly scale?: number };

/**
 * Lays images out in rows of `columns`, with a gap of one pixel, each image pixel drawn as scale x scale.
 * @throws RangeError unless the rows are images [h, w, 1 or 3]
 */
export const imageGrid = ({ shape, data }: Rows, options: GridOptions = {}): Raster =>
  imageGridOfBytes(toBytes(data), shape, options);

/** The same for bytes, NHWC. */
export const imageGridOfBytes = (bytes: Uint8Array, shape: readonly number[], options: GridOptions = {}): Raster => {
  const n = bytes.length / shape.reduce((a, b) => a * b, 1);
  const { columns = Math.ceil(Math.sqrt(n)), scale = 1 } = options;
  const [h, w, channels] = shape;
  if (shape.length !== 3 || h === undefined || w === undefined || (channels !== 1 && channels !== 3))
    throw new RangeError(
      `imageGrid: an image must be [h, w, 1 or 3], got [${shape.join(", ")}]; save other samples as safetensors`,
    );
  const across = Math.min(columns, n);
  const width = (across * (w + 1) - 1) * scale;
  const height = (Math.ceil(n / across) * (h + 1) - 1) * scale;
  const pixels = new Uint8Array(width * height * channels).fill(gray);
  for (let image = 0; image < n; image++) {
    const left = (image % across) * (w + 1) * scale;
    const top = Math.floor(image / across) * (h + 1) * scale;
    for (let y = 0; y < h * scale; y++)
      for (let x = 0; x < w * scale; x++)
        for (let c = 0; c < channels; c++) {
          const from = ((image * h + Math.floor(y / scale)) * w + Math.floor(x / scale)) * channels + c;
          pixels[((top + y) * width + left + x) * channels + c] = bytes[from]!;
        }
  }
  return { width, height, channels, data: pixels };
};
