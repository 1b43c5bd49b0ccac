import type { Tensor } from "@nonmarkov/autodiff";
import type { Key } from "@nonmarkov/random";

/** A network as two pure functions over a tree of parameters. Both are safe to call outside `tidy`. */
export type Net<P> = {
  /** Makes the parameters, float32, from a key; the caller owns them. The same key makes the same parameters. */
  readonly init: (key: Key) => P;
  /**
   * One evaluation. Borrows everything; the caller owns the result, which has the shape of `x`; where the network has
   * another number of outputs, its last axis is that long.
   * @param params the tree that `init` makes (or another of the same structure)
   * @param x float32 [batch, ...dims]
   * @param t float32 [batch], the schedule's index in 1..T of each row (fractions are fine); or [1], one for all rows, which
   *   is cheaper: its embedding is computed once
   * @param labels int32 [batch], classes from 0 (see `labelTensor`); -1 means "no class". Given exactly where the
   *   network has classes, or takes labels of another kind as its configuration says
   * @throws RangeError where a shape does not fit the configuration, or labels are missing or superfluous
   */
  readonly apply: (params: P, x: Tensor, t: Tensor, labels?: Tensor) => Tensor;
};
