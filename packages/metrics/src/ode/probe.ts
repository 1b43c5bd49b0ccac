import type { Tensor } from "@nonmarkov/autodiff";
import type { Key } from "@nonmarkov/random";

/** Draws a probe: independent numbers of mean 0 and variance 1, row i from foldIn(key, firstIndex + i). */
export type Probe = (key: Key, shape: readonly number[], firstIndex: number) => Tensor;
