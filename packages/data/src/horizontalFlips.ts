import { bits, foldIn } from "@nonmarkov/random";
import type { Dataset } from "./dataset.ts";
import { imageShape } from "./imageShape.ts";

/** Sets this key's draws apart from what the flipped data set draws from the same key. */
const FLIPS = 0x666c6970;

/**
 * The data set with each image mirrored left to right or not, with equal odds; decided anew in every epoch.
 * @throws RangeError if the rows are not images
 */
export const horizontalFlips = (dataset: Dataset): Dataset => {
  const [height, width, channels] = imageShape(dataset);
  const rows: Dataset["rows"] = (indices, key) => {
    const batch = dataset.rows(indices, key);
    const length = height * width * channels;
    for (let row = 0; row < batch.size; row++)
      if (bits(foldIn(foldIn(key, FLIPS), indices[row]!), 1)[0]! & 1)
        mirror(batch.x.subarray(row * length, (row + 1) * length), width, channels);
    return batch;
  };
  return { ...dataset, rows };
};

const mirror = (image: Float32Array, width: number, channels: number): void => {
  for (let line = 0; line < image.length; line += width * channels)
    for (let left = 0, right = width - 1; left < right; left++, right--)
      for (let c = 0; c < channels; c++) {
        const a = line + left * channels + c;
        const b = line + right * channels + c;
        [image[a], image[b]] = [image[b]!, image[a]!];
      }
};
