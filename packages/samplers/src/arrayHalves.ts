import type { Halves } from "./learnedVariance.ts";

/**
 * Outputs in one Float64Array, row after row, of which each is a prediction followed by as many values.
 * @throws RangeError if rows is not a positive integer; later, if an output does not divide into such rows
 */
export const arrayHalves = ({
  rows = 1,
}: { /** How many samples a vector holds, default 1. */ readonly rows?: number } = {}): Halves<Float64Array> => {
  if (!Number.isInteger(rows) || rows < 1)
    throw new RangeError(`arrayHalves: rows must be an integer >= 1, got ${rows}`);
  const half = (raw: Float64Array, which: 0 | 1): Float64Array => {
    const width = raw.length / rows / 2;
    if (!Number.isInteger(width))
      throw new RangeError(
        `arrayHalves: an output of length ${raw.length} must divide into ${rows} rows of two halves`,
      );
    const out = new Float64Array(rows * width);
    for (let row = 0; row < rows; row++)
      out.set(raw.subarray((2 * row + which) * width, (2 * row + which + 1) * width), row * width);
    return out;
  };
  return {
    read: (raw) => half(raw, 0),
    timesExp: (z, raw, intercept, slope) => {
      const values = half(raw, 1);
      if (values.length !== z.length)
        throw new RangeError(
          `arrayHalves: half of an output must be as long as the state, got ${values.length} for ${z.length}`,
        );
      return values.map((value, i) => z[i]! * Math.exp(intercept + slope * value));
    },
  };
};
