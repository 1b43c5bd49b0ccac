import type { Dataset } from "./dataset.ts";
import { fromBytes } from "./pixels.ts";

/** Images held in memory as bytes. */
export type ImageData8 = {
  /** What to call it in reports. */
  readonly name: string;
  /** [height, width, channels] of every image. */
  readonly shape: readonly [height: number, width: number, channels: number];
  /** The pixels, NHWC, 0..255; kept, not copied. */
  readonly pixels: Uint8Array;
  /** One class per image; default unlabelled. */
  readonly labels?: ArrayLike<number>;
  /** The number of classes; default 0. */
  readonly classes?: number;
};

/**
 * A data set of images in memory, scaled to [-1, 1] as they are asked for.
 * @throws RangeError if pixels or labels do not fit the shape
 */
export const imageDataset = ({ name, shape, pixels, labels, classes = 0 }: ImageData8): Dataset => {
  const length = shape[0] * shape[1] * shape[2];
  const size = pixels.length / length;
  if (!Number.isInteger(size))
    throw new RangeError(`imageDataset: pixels must be a multiple of ${length} values, got ${pixels.length}`);
  if (labels !== undefined && labels.length !== size)
    throw new RangeError(`imageDataset: labels must be one per image, ${size}, got ${labels.length}`);
  const rows: Dataset["rows"] = (indices) => {
    const bytes = new Uint8Array(indices.length * length);
    const chosen = new Int32Array(indices.length);
    for (let row = 0; row < indices.length; row++) {
      const index = checkedIndex(name, indices[row]!, size);
      bytes.set(pixels.subarray(index * length, (index + 1) * length), row * length);
      chosen[row] = labels?.[index] ?? 0;
    }
    return { x: fromBytes(bytes), labels: chosen, size: indices.length };
  };
  return { name, shape, size, classes, rows };
};

const checkedIndex = (name: string, index: number, size: number): number => {
  if (Number.isInteger(index) && index >= 0 && index < size) return index;
  throw new RangeError(`${name}: a row's index must be an integer in 0..${size - 1}, got ${index}`);
};
