import { fillNormal, foldIn } from "@nonmarkov/random";
import type { VectorSpace } from "./vectorSpace.ts";

/**
 * Batches in one Float64Array, row after row.
 * @throws RangeError if rows is not a positive integer; later, if a vector's length is no multiple of it, or lengths
 * differ
 */
export const arraySpace = ({
  rows = 1,
}: { /** How many samples a vector holds, default 1. */ readonly rows?: number } = {}): VectorSpace<Float64Array> => {
  if (!Number.isInteger(rows) || rows < 1)
    throw new RangeError(`arraySpace: rows must be an integer >= 1, got ${rows}`);
  return {
    combine: (coefs, vectors) => {
      const out = new Float64Array(vectors[0]?.length ?? 0);
      vectors.forEach((vector, j) => {
        if (vector.length !== out.length)
          throw new RangeError(`arraySpace: vectors must have one length, got ${out.length} and ${vector.length}`);
        const c = coefs[j]!;
        for (let i = 0; i < out.length; i++) out[i]! += c * vector[i]!;
      });
      return out;
    },
    normal: (key, like, firstIndex) => {
      const width = like.length / rows;
      if (!Number.isInteger(width))
        throw new RangeError(`arraySpace: a vector of length ${like.length} must divide into ${rows} rows`);
      const out = new Float64Array(like.length);
      for (let row = 0; row < rows; row++) fillNormal(foldIn(key, firstIndex + row), out, row * width, width);
      return out;
    },
  };
};
