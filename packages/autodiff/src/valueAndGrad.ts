import { Tensor, onesLike } from "@tensorflow/tfjs-core";
import { linearize } from "./linearize.ts";
import { differentiable } from "./differentiable.ts";
import { type Tree, treeLeaves } from "./tree.ts";
import { withLeaves } from "./withLeaves.ts";

/** A loss together with other tensors to hand out (means, predictions); no derivative is taken of those. */
export type LossWithAux<A extends Tree> = {
  /** The float32 scalar to differentiate. */
  readonly loss: Tensor;
  /** Any tree; the caller of the gradient function owns copies of its leaves. */
  readonly aux: A;
};

/** A loss and its gradient. All tensors belong to the caller. */
export type ValueAndGrad<P extends Tree> = {
  /** The loss, a scalar. */
  readonly value: Tensor;
  /** The gradient: a tree like the parameters, zero where the loss does not depend on them. */
  readonly grad: P;
};

/** A loss, its gradient, and what else the function handed out. All tensors belong to the caller. */
export type ValueGradAux<P extends Tree, A extends Tree> = ValueAndGrad<P> & {
  /** The aux of the function. */
  readonly aux: A;
};

const checkedLoss = (loss: unknown): Tensor => {
  if (!(loss instanceof Tensor))
    throw new TypeError(
      `valueAndGrad: the function must return, synchronously, a scalar tensor or { loss, aux }, got ${typeof loss}`,
    );
  if (loss.rank !== 0 || loss.dtype !== "float32")
    throw new RangeError(
      `valueAndGrad: the loss must be a float32 scalar, got ${loss.dtype} [${loss.shape.join()}]; ` +
        `reduce it with ops.mean or ops.sum`,
    );
  return loss;
};

/**
 * Makes, of a function with a scalar loss, the function that computes the loss and its gradient by the first argument.
 * Further arguments are passed through and are constants. `f` borrows its arguments, must be synchronous, and needs no
 * tidy. Calls can be nested: derivatives of every order are exact.
 * @throws TypeError or RangeError if a parameter is not float32, or the loss is not a float32 scalar
 */
export function valueAndGrad<P extends Tree, R extends readonly unknown[], A extends Tree>(
  f: (params: P, ...rest: R) => LossWithAux<A>,
): (params: P, ...rest: R) => ValueGradAux<P, A>;
export function valueAndGrad<P extends Tree, R extends readonly unknown[]>(
  f: (params: P, ...rest: R) => Tensor,
): (params: P, ...rest: R) => ValueAndGrad<P>;
export function valueAndGrad<P extends Tree, R extends readonly unknown[], A extends Tree>(
  f: (params: P, ...rest: R) => Tensor | LossWithAux<A>,
): (params: P, ...rest: R) => ValueAndGrad<P> | ValueGradAux<P, A> {
  return (params, ...rest) => {
    const entries = differentiable("valueAndGrad", params);
    let shape: A | undefined;
    const { outputs, aux, gradients } = linearize(
      entries.map(([, leaf]) => leaf),
      (leaves) => {
        const made = f(withLeaves(params, leaves), ...rest);
        if (made instanceof Tensor) return { outputs: [checkedLoss(made)], aux: [] };
        const loss = checkedLoss(made?.loss);
        shape = made.aux;
        return { outputs: [loss], aux: treeLeaves(made.aux) };
      },
      ([loss]) => [onesLike(loss!)],
    );
    const result = { value: outputs[0]!, grad: withLeaves(params, gradients) };
    return shape === undefined ? result : { ...result, aux: withLeaves(shape, aux) };
  };
}
