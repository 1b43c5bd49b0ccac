import type { Dataset } from "./dataset.ts";
import { imageShape } from "./imageShape.ts";

/**
 * The data set with its images in the middle of a larger square, on a ground of -1 (black): 28 x 28 to 32 x 32, which
 * can be halved more often. Where the border is odd, the wider side is right and below.
 * @param size the new height and width
 * @throws RangeError if the rows are not images, or are larger
 */
export const pad = (dataset: Dataset, size: number): Dataset => {
  const [height, width, channels] = imageShape(dataset);
  if (!Number.isInteger(size) || size < height || size < width)
    throw new RangeError(`pad: size must be an integer of at least ${Math.max(height, width)}, got ${size}`);
  const top = Math.floor((size - height) / 2);
  const left = Math.floor((size - width) / 2);
  const rows: Dataset["rows"] = (indices, key) => {
    const { x, ...rest } = dataset.rows(indices, key);
    const out = new Float32Array(rest.size * size * size * channels).fill(-1);
    for (let row = 0; row < rest.size; row++)
      for (let y = 0; y < height; y++) {
        const from = (row * height + y) * width * channels;
        out.set(x.subarray(from, from + width * channels), ((row * size + y + top) * size + left) * channels);
      }
    return { x: out, ...rest };
  };
  return { ...dataset, shape: [size, size, channels], rows };
};
