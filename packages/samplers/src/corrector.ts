import type { Key } from "@nonmarkov/random";
import type { VectorSpace } from "./vectorSpace.ts";

/** What a corrector is given after the move of one row. */
export type Correction<V> = {
  /** The state that the move arrived at, x_s; borrowed. */
  readonly x: V;
  /** The index at which x lives, 1..T. */
  readonly t: number;
  /** alphaBar[t], below 1. */
  readonly alphaBar: number;
  /** Which row made the move, from 0. */
  readonly step: number;
  /** The model's score ∇ log p_t at x: one evaluation of the network. Borrows x; the caller owns the result. */
  readonly score: (x: V) => Promise<V>;
  /** The space of x. */
  readonly space: VectorSpace<V>;
  /** A key for this correction alone; undefined if the run has none. */
  readonly key: Key | undefined;
  /** The sample index of the batch's first row, for `space.normal`. */
  readonly firstIndex: number;
};

/**
 * Moves x within its noise level, after each move that does not end at clean data (where there is no score). The
 * caller owns the result.
 */
export type Corrector<V> = (correction: Correction<V>) => Promise<V>;
