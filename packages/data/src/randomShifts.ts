import { foldIn, integers } from "@nonmarkov/random";
import type { Dataset } from "./dataset.ts";
import { imageShape } from "./imageShape.ts";

/** Sets this key's draws apart from what the shifted data set draws from the same key. */
const SHIFTS = 0x73686966;

/**
 * The data set with each image moved by up to so many pixels up or down and left or right, each distance with equal odds,
 * decided anew in every epoch; what comes in is black (-1).
 * @param most the largest distance, an integer of at least 0 and below height and width
 * @throws RangeError if the rows are not images, or `most` is no such integer
 */
export const randomShifts = (dataset: Dataset, most: number): Dataset => {
  const [height, width, channels] = imageShape(dataset);
  if (!Number.isInteger(most) || most < 0 || most >= Math.min(height, width))
    throw new RangeError(
      `randomShifts: most must be an integer in 0..${Math.min(height, width) - 1}, got ${most}; 2 is usual`,
    );
  const length = height * width * channels;
  const rows: Dataset["rows"] = (indices, key) => {
    const { x, ...rest } = dataset.rows(indices, key);
    const out = new Float32Array(x.length).fill(-1);
    for (let row = 0; row < rest.size; row++) {
      const draws = integers(foldIn(foldIn(key, SHIFTS), indices[row]!), 2, -most, most + 1);
      const [down, right] = [draws[0]!, draws[1]!];
      const [first, last] = [Math.max(0, right), width + Math.min(0, right)];
      for (let y = Math.max(0, down); y < height + Math.min(0, down); y++) {
        const from = row * length + ((y - down) * width + first - right) * channels;
        out.set(x.subarray(from, from + (last - first) * channels), row * length + (y * width + first) * channels);
      }
    }
    return { x: out, ...rest };
  };
  return { ...dataset, rows };
};
