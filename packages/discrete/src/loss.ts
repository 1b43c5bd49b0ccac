import type { Tensor, Tree } from "@nonmarkov/autodiff";
import type { Key } from "@nonmarkov/random";
import type { Classes } from "./classes.ts";

/** Clean samples on the host. */
export type DiscreteBatch = {
  /** The classes, row after row. */
  readonly x: Classes;
  /** One label per row, from 0; -1 is "no label". Read by a conditional loss only. */
  readonly labels?: Int32Array;
  /** How many rows. */
  readonly size: number;
};

/** What a loss of categorical data needs of a network. */
export type AppliesLogits<P extends Tree> = {
  /**
   * One evaluation; borrows everything, the caller owns the result: logits of the shape of `x`. It is recorded: it must be
   * synchronous and must not read the values of tensors.
   * x is one-hot, float32 [batch, ...shape] with the K entries of a coordinate side by side, t float32 [batch] in 1..T,
   * labels int32 [batch].
   */
  readonly apply: (params: P, x: Tensor, t: Tensor, labels?: Tensor) => Tensor;
};

/** The network's side of a loss. */
export type NetOptions<P extends Tree> = {
  /** The network. */
  readonly net: AppliesLogits<P>;
  /** The shape of one one-hot row: [dims·K], or [height, width, channels·K]. */
  readonly shape: readonly number[];
  /** K. */
  readonly classes: number;
  /** Whether the network is given the batch's labels, default false. */
  readonly conditional?: boolean;
};

/** What the network is shown. */
export type Shown = {
  /** One-hot x_t, float32 [batch, ...shape]. */
  readonly xt: Tensor;
  /** The index in 1..T of each row, float32 [batch]. */
  readonly t: Tensor;
  /** The labels, int32 [batch], of a conditional loss. */
  readonly labels?: Tensor;
};

/** A loss as the package `train` takes it, see its `Loss`: what the host does with a batch, and a function of tensors. */
export type DiscreteLoss<P extends Tree, E extends Tree> = {
  /** Turns a batch into tensors that the caller owns. Row i draws from children of the key that depend on i alone. */
  readonly prepare: (batch: DiscreteBatch, key: Key) => E;
  /** The loss in nats per coordinate, a float32 scalar that the caller owns. Borrows both. */
  readonly evaluate: (params: P, examples: E) => Tensor;
};
