import { type Tensor, addN, mul, zerosLike } from "@tensorflow/tfjs-core";
import { own } from "./own.ts";

/**
 * sum_i coefs[i] vectors[i]. Vectors with coefficient 0 are left out. Borrows; the caller owns the result.
 * @throws RangeError if there are no vectors, or not one coefficient for each
 */
export const combine = (coefs: readonly number[], vectors: readonly Tensor[]): Tensor => {
  if (vectors.length === 0 || coefs.length !== vectors.length)
    throw new RangeError(
      `combine: needs one coefficient per vector and at least one, got ${coefs.length} for ${vectors.length}`,
    );
  return own(() => {
    const terms = vectors.flatMap((v, i) => (coefs[i] === 0 ? [] : [coefs[i] === 1 ? v : mul(v, coefs[i]!)]));
    return terms.length === 0 ? zerosLike(vectors[0]!) : terms.length === 1 ? terms[0]! : addN(terms);
  });
};
