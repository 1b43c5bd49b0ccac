import { type Key, normal } from "@nonmarkov/random";
import type { Features } from "./features.ts";

/** What {@link randomFeatures} are of. */
export type RandomFeaturesOptions = {
  /** Chooses the filters; the same key makes distances comparable. */
  readonly key: Key;
  /** The shape of one row: an image [height, width, channels] of at least 3 x 3 pixels, or a vector [d]. */
  readonly shape: readonly number[];
  /** How many features, default 32. The first ones do not depend on how many there are. */
  readonly count?: number;
};

/** Rows of numbers: n rows of the features' shape, row-major. */
export type RandomFeatureRows = {
  /** Number of rows. */
  readonly n: number;
  /** n times the shape's size; borrowed. */
  readonly data: Float32Array | Float64Array;
};

/** Rows and columns of a filter. */
const side = 3;

/** count filters of 3 x 3 x channels, normal, without their mean: flat pictures give 0 whatever their brightness. */
const centred = (weights: Float64Array, size: number): Float64Array =>
  weights.map((weight, i) => {
    const filter = weights.subarray(i - (i % size), i - (i % size) + size);
    return weight - filter.reduce((sum, w) => sum + w, 0) / size;
  });

/** The mean over the picture of max(0, filter * picture), for every filter. */
const ofImage = (
  image: Float32Array | Float64Array,
  [height, width, channels]: readonly [number, number, number],
  filters: Float64Array,
  out: Float64Array,
): void => {
  const size = side * side * channels;
  const places = (height - side + 1) * (width - side + 1);
  const patch = new Float64Array(size);
  for (let y = 0; y + side <= height; y++)
    for (let x = 0; x + side <= width; x++) {
      for (let row = 0; row < side; row++) {
        const from = ((y + row) * width + x) * channels;
        patch.set(image.subarray(from, from + side * channels), row * side * channels);
      }
      for (let f = 0; f < out.length; f++) {
        let sum = 0;
        for (let i = 0; i < size; i++) sum += filters[f * size + i]! * patch[i]!;
        if (sum > 0) out[f]! += sum / side / places;
      }
    }
};

/**
 * Features that need no trained network, for Frechet distances of small pictures: the mean over the picture of
 * max(0, w * x/3) for fixed random 3 x 3 filters w without mean. They see strokes, edges, blur and above all left-over noise,
 * but not where in the picture something is. For vectors [d]: max(0, w·x/√d + b), a random first layer.
 * These are not Inception's features: compare distances of one key and shape only.
 * @returns a function of rows; a row's features do not depend on the other rows
 * @throws RangeError if the shape is neither, or count < 1; and, when called, if the data do not fit the shape
 */
export const randomFeatures = ({
  key,
  shape,
  count = 32,
}: RandomFeaturesOptions): ((rows: RandomFeatureRows) => Features) => {
  if (!Number.isInteger(count) || count < 1)
    throw new RangeError(`randomFeatures: count must be an integer >= 1, got ${count}; leave it out for 32`);
  const isImage = shape.length === 3 && shape[0]! >= side && shape[1]! >= side;
  if (!isImage && shape.length !== 1)
    throw new RangeError(
      `randomFeatures: shape must be [height, width, channels] of at least ${side} x ${side}, or [d], got [${shape.join(", ")}]`,
    );
  const d = shape.reduce((product, n) => product * n, 1);
  const size = isImage ? side * side * shape[2]! : d + 1;
  const weights = normal(key, count * size);
  const filters = isImage ? centred(weights, size) : weights;
  const image = shape as unknown as readonly [number, number, number];
  return ({ n, data }) => {
    if (!Number.isInteger(n) || n < 1 || data.length !== n * d)
      throw new RangeError(
        `randomFeatures: ${n} rows of [${shape.join(", ")}] must be ${n * d} numbers, got ${data.length}`,
      );
    const features = new Float64Array(n * count);
    for (let row = 0; row < n; row++) {
      const out = features.subarray(row * count, (row + 1) * count);
      const values = data.subarray(row * d, (row + 1) * d);
      if (isImage) ofImage(values, image, filters, out);
      else
        for (let f = 0; f < count; f++) {
          const layer = filters.subarray(f * size, (f + 1) * size);
          let sum = 0;
          for (let i = 0; i < d; i++) sum += layer[i]! * values[i]!;
          out[f] = Math.max(0, sum / Math.sqrt(d) + layer[d]!);
        }
    }
    return { n, d: count, data: features };
  };
};
