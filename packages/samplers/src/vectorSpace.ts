import type { Key } from "@nonmarkov/random";

/** All that the executor needs to know of its vectors: tensors, arrays of numbers, anything linear. */
export type VectorSpace<V> = {
  /** Σ coefs[i]·vectors[i] as a new vector, owned by the caller; borrows the vectors (at least one, of one shape). */
  readonly combine: (coefs: readonly number[], vectors: readonly V[]) => V;
  /**
   * Standard normal noise of the shape of `like`, owned by the caller. Row i of the batch draws from
   * foldIn(key, firstIndex + i): a sample's noise does not depend on the batch that it is in.
   */
  readonly normal: (key: Key, like: V, firstIndex: number) => V;
  /** Frees a vector's memory, where that must be said. */
  readonly dispose?: (v: V) => void;
};
