import { type Tensor, type Tree, ops, own } from "@nonmarkov/autodiff";
import type { Applies, DiffusionExamples } from "./diffusionLoss.ts";

/**
 * The sum over the rows of their weight times the sum of their squared errors: `evaluate` of the losses that compare a
 * network's output with a target.
 * @throws RangeError, when called, if the output has another shape than the input
 */
export const squaredErrors =
  <P extends Tree>(where: string, { apply }: Applies<P>) =>
  (params: P, { xt, t, target, weights, labels }: DiffusionExamples): Tensor =>
    own(() => {
      const output = apply(params, xt, t, labels);
      if (output.shape.join() !== xt.shape.join())
        throw new RangeError(
          `${where}: the network's output must have its input's shape [${xt.shape.join()}], ` +
            `got [${output.shape.join()}]`,
        );
      const error = ops.reshape(ops.sub(output, target), [xt.shape[0]!, -1]);
      return ops.sum(ops.mul(ops.sum(ops.square(error), 1), weights));
    });
