import type { DecodedImage } from "./decodeImage.ts";

/** The shape that an image is brought to. */
export type Fit = { readonly size: number; readonly channels: 1 | 3; readonly crop: "center" | "stretch" };

/** The image as size·size·channels bytes: cropped, scaled, in grey or colour. */
export const fitImage = (image: DecodedImage, { size, channels, crop }: Fit): Uint8Array => {
  const { width, height } = image;
  const side = Math.min(width, height);
  const across = crop === "center" ? weights((width - side) / 2, side, width, size) : weights(0, width, width, size);
  const down = crop === "center" ? weights((height - side) / 2, side, height, size) : weights(0, height, height, size);
  const colours = coloured(image, channels);
  // first along the lines, then down the columns; bytes are rounded once, at the end
  const narrow = new Float32Array(height * size * channels);
  for (let y = 0; y < height; y++)
    accumulate(narrow, y * size * channels, channels, across, (i) => (y * width + i) * channels, colours, channels);
  const out = new Float32Array(size * size * channels);
  accumulate(out, 0, size * channels, down, (i) => i * size * channels, narrow, size * channels);
  return new Uint8Array(Uint8ClampedArray.from(out).buffer);
};

/** For every place of the result, which places of the source make it, and with what weight; weights sum to 1. */
type Weights = readonly { readonly first: number; readonly weight: readonly number[] }[];

/** A triangle as wide as the result's pixels, at least as the source's: bilinear, and free of aliases when shrinking. */
const weights = (from: number, length: number, sourceSize: number, size: number): Weights =>
  Array.from({ length: size }, (_, i) => {
    const scale = length / size;
    const reach = Math.max(1, scale);
    const centre = from + (i + 0.5) * scale - 0.5;
    const first = Math.max(0, Math.ceil(centre - reach));
    const last = Math.min(sourceSize - 1, Math.floor(centre + reach));
    const raw = Array.from({ length: last - first + 1 }, (_, k) => 1 - Math.abs(first + k - centre) / reach);
    const total = raw.reduce((a, b) => a + b, 0);
    return { first, weight: raw.map((value) => value / total) };
  });

/** out[offset + j·stride ..] = sum over the source places of place j, each `count` numbers long. */
const accumulate = (
  out: Float32Array,
  offset: number,
  stride: number,
  places: Weights,
  sourceAt: (place: number) => number,
  source: Float32Array,
  count: number,
): void => {
  for (const [j, { first, weight }] of places.entries())
    for (let k = 0; k < weight.length; k++) {
      const at = sourceAt(first + k);
      for (let c = 0; c < count; c++) out[offset + j * stride + c]! += weight[k]! * source[at + c]!;
    }
};

/** Grey (luma of ITU-R BT.601) or red, green, blue as 0..255, on black where transparent. */
const coloured = ({ width, height, channels, data }: DecodedImage, wanted: 1 | 3): Float32Array => {
  const out = new Float32Array(width * height * wanted);
  for (let i = 0; i < width * height; i++) {
    const at = i * channels;
    const alpha = channels % 2 === 0 ? data[at + channels - 1]! / 255 : 1;
    const [r, g, b] = channels < 3 ? [data[at]!, data[at]!, data[at]!] : [data[at]!, data[at + 1]!, data[at + 2]!];
    if (wanted === 1) out[i] = alpha * (0.299 * r + 0.587 * g + 0.114 * b);
    else for (let c = 0; c < 3; c++) out[3 * i + c] = alpha * (c === 0 ? r : c === 1 ? g : b);
  }
  return out;
};
