import { readFile } from "node:fs/promises";
import { fromBytes } from "../pixels.ts";
import { decodeImage } from "./decodeImage.ts";
import { fitImage } from "./fitImage.ts";
import { reading } from "./reading.ts";

/** The shape that an image is brought to. */
export type ReadImageOptions = {
  /** Height and width. */
  readonly size: number;
  /** 3 for colour (default), 1 for grey. */
  readonly channels?: 1 | 3;
  /** "center" (default) cuts the largest square out of the middle; "stretch" scales both sides to the size. */
  readonly crop?: "center" | "stretch";
  /** The most pixels that the image may claim to have; default 100 million. */
  readonly maxPixels?: number;
};

/**
 * One PNG or JPEG image as a row of a data set: [size, size, channels], row-major, in [-1, 1]. Transparent parts become
 * black.
 * @throws FormatError naming the file if it cannot be read or decoded
 * @throws RangeError if size or channels are not what they must be
 */
export const readImage = async (
  path: string,
  { size, channels = 3, crop = "center", maxPixels = 100_000_000 }: ReadImageOptions,
): Promise<Float32Array> => {
  if (!Number.isInteger(size) || size < 1)
    throw new RangeError(`readImage: size must be an integer of at least 1, got ${size}`);
  if (channels !== 1 && channels !== 3)
    throw new RangeError(`readImage: channels must be 1 or 3, got ${String(channels)}`);
  const image = await decodeImage(await reading(path, () => readFile(path)), path, maxPixels);
  return fromBytes(fitImage(image, { size, channels, crop }));
};
