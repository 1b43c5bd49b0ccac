import { type Tensor, add, addN, mul, zerosLike } from "@tensorflow/tfjs-core";
import { own } from "./own.ts";
import { ownKernel } from "./ownKernel.ts";
import { isRecording } from "./tape.ts";

/**
 * sum_i coefs[i] vectors[i], of tensors of one shape. A vector with coefficient 0 is left out (even if it is not finite).
 * k vectors take at most k + 1 kernels, or one where the backend has it. Borrows; the caller owns the result.
 * @throws RangeError if there are no vectors, not one coefficient for each, or shapes differ
 */
export const combine = (coefs: readonly number[], vectors: readonly Tensor[]): Tensor => {
  if (vectors.length === 0 || coefs.length !== vectors.length)
    throw new RangeError(
      `combine: needs one coefficient per vector and at least one, got ${coefs.length} for ${vectors.length}`,
    );
  const shape = vectors[0]!.shape.join();
  const odd = vectors.find((vector) => vector.shape.join() !== shape);
  if (odd !== undefined)
    throw new RangeError(`combine: vectors must have one shape, got [${shape}] and [${odd.shape.join()}]`);
  return own(() => {
    const used = vectors.map((vector, i) => ({ vector, c: coefs[i]! })).filter(({ c }) => c !== 0);
    const [first, second] = used;
    if (first === undefined) return zerosLike(vectors[0]!);
    if (used.every(({ vector }) => vector.dtype === "float32")) {
      const inputs = Object.fromEntries(used.map(({ vector }, i) => [i, vector]));
      const [made] = (!isRecording() && ownKernel("Combine", inputs, { coefs: used.map(({ c }) => c) })) || [];
      if (made !== undefined) return made;
    }
    const terms = used.map(({ vector, c }) => (c === 1 ? vector : mul(vector, c)));
    if (terms.length > 2) return addN(terms);
    return second === undefined ? terms[0]! : add(terms[0]!, terms[1]!);
  });
};
