import type { Tensor, Tree } from "@nonmarkov/autodiff";
import type { Key } from "@nonmarkov/random";

/**
 * A scalar to be made small, as a function of the parameters, a batch and a key (its only source of randomness). It
 * borrows all three; the caller owns the result.
 */
export type Loss<P extends Tree, B> = (params: P, batch: B, key: Key) => Tensor;
