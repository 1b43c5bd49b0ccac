import type { Tensor, Tree } from "@nonmarkov/autodiff";
import type { Key } from "@nonmarkov/random";

/**
 * A scalar to be made small, in two halves: what the host does with a batch, and a pure function of tensors that is
 * recorded and replayed. Whatever differs between two steps (data, noise, times, masks) must therefore be a tensor among
 * the examples; numbers and tensors that `evaluate` finds elsewhere are constants.
 *
 * @example
 * type Batch = { readonly x: Float32Array; readonly y: Float32Array };
 * const regression: Loss<Tensor, Batch, { x: Tensor; y: Tensor }> = {
 *   prepare: ({ x, y }) => ({ x: ops.tensor(x), y: ops.tensor(y) }),
 *   evaluate: (slope, { x, y }) => own(() => ops.mean(ops.square(ops.sub(ops.mul(x, slope), y)))),
 * };
 */
export type Loss<P extends Tree, B, E extends Tree> = {
  /**
   * Turns a batch into examples, a tree of tensors that the caller owns. The key is the only source of randomness.
   * Borrows the batch; if that consists of tensors already, the examples may be clones of them.
   */
  readonly prepare: (batch: B, key: Key) => E;
  /**
   * The loss, a float32 scalar that the caller owns. Borrows both. Must be synchronous, and must not read the values of
   * tensors.
   */
  readonly evaluate: (params: P, examples: E) => Tensor;
  /**
   * Whether the loss is the sum of what it is of the examples' rows (the first axis of all their tensors): then a batch for
   * which there is no memory is evaluated in parts. Default false.
   */
  readonly isSumOfRows?: boolean;
};
