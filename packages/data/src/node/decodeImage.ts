import { FormatError } from "@nonmarkov/files";
import { claimedSize } from "./claimedSize.ts";

/** A decoded image: bytes row by row, of 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA) channels. */
export type DecodedImage = {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Uint8Array | Uint8ClampedArray;
};

/**
 * Decodes a PNG or JPEG image, told by its first bytes.
 * @param maxPixels the most pixels it may claim to have; checked before anything is allocated
 * @throws FormatError if it is neither, damaged, or too large
 */
export const decodeImage = async (bytes: Uint8Array, where: string, maxPixels: number): Promise<DecodedImage> => {
  const refuse = (what: string, found: string): never => {
    throw new FormatError({ where, what, found, fix: "replace or remove the file" });
  };
  const claim = claimedSize(bytes);
  if (claim === undefined) return refuse("must be a whole PNG or JPEG image", `${bytes.length} other bytes`);
  const { kind, width, height } = claim;
  if (width * height > maxPixels) refuse(`must have at most ${maxPixels} pixels`, `${width} x ${height}`);
  if (width * height === 0) refuse("must have pixels", `${width} x ${height}`);
  try {
    return kind === "png" ? await decodePng(bytes) : await decodeJpeg(bytes);
  } catch (error) {
    return refuse(
      `must be a whole ${kind.toUpperCase()} image`,
      error instanceof Error ? error.message : String(error),
    );
  }
};

/** The decoders are large: they are loaded where an image is to be decoded, not with the package. */
const decodeJpeg = async (bytes: Uint8Array): Promise<DecodedImage> => {
  const { decode } = await import("image-js");
  const { width, height, channels, data } = decode(bytes).getRawImage();
  return { width, height, channels, data: data as Uint8Array };
};

const decodePng = async (bytes: Uint8Array): Promise<DecodedImage> => {
  const { decode } = await import("fast-png");
  const { width, height, channels, depth, data, palette } = decode(bytes, { checkCrc: true });
  if (depth === 16) return { width, height, channels, data: Uint8Array.from(data, (value) => value >>> 8) };
  const samples = depth < 8 ? spread(data as Uint8Array, width * channels, height, depth) : (data as Uint8Array);
  if (palette === undefined) {
    const scale = 255 / (2 ** depth - 1);
    return { width, height, channels, data: depth < 8 ? samples.map((value) => value * scale) : samples };
  }
  const colours = palette[0]!.length;
  const out = new Uint8Array(samples.length * colours);
  samples.forEach((index, i) => out.set(palette[index]!, i * colours));
  return { width, height, channels: colours, data: out };
};

/** Samples of fewer than 8 bits, one byte each; every line of a PNG begins with a new byte. */
const spread = (packed: Uint8Array, lineSamples: number, lines: number, depth: number): Uint8Array => {
  const out = new Uint8Array(lineSamples * lines);
  const lineBytes = Math.ceil((lineSamples * depth) / 8);
  for (let line = 0; line < lines; line++)
    for (let i = 0; i < lineSamples; i++) {
      const bit = i * depth;
      const byte = packed[line * lineBytes + (bit >> 3)]!;
      out[line * lineSamples + i] = (byte >> (8 - depth - (bit & 7))) & (2 ** depth - 1);
    }
  return out;
};
