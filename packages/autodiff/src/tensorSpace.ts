import type { Key } from "@nonmarkov/random";
import type { Tensor } from "@tensorflow/tfjs-core";
import { combine } from "./combine.ts";
import { normalTensor } from "./normalTensor.ts";

/** What samplers need to know about tensors: linear combinations, noise, and how to free them. */
export type TensorSpace = {
  /** sum_i coefs[i] vectors[i]; borrows, the caller owns the result. */
  readonly combine: (coefs: readonly number[], vectors: readonly Tensor[]) => Tensor;
  /** Normal noise of the shape of `like`; row i is drawn from foldIn(key, firstIndex + i). */
  readonly normal: (key: Key, like: Tensor, firstIndex: number) => Tensor;
  /** Frees a vector. */
  readonly dispose: (vector: Tensor) => void;
};

/** The vector space of tensors [rows, ...dims]. */
export const tensorSpace: TensorSpace = {
  combine,
  normal: (key, like, firstIndex) => normalTensor(key, like.shape, firstIndex),
  dispose: (vector) => vector.dispose(),
};
