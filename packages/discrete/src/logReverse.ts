import { ops, own, type Tensor } from "@nonmarkov/autodiff";
import type { Row } from "./table.ts";

/** Stands in for log 0: nothing beside any other logarithm, and times 0 it is 0. */
const LOG_ZERO = -1e30;

const log = (p: number): number => (p > 0 ? Math.log(p) : LOG_ZERO);

/**
 * The logarithms of what p(x_s|x_t) is made of, for the class x_t itself and for another class k:
 * p(x_t) = same·f(x_t) + ofOthers·(sum of the others' f), p(k) = same·f(k) + ofOthers·(others) + ofXt·f(x_t).
 * @returns [same, ofOthers, ofXt] of x_t and of the others
 */
export const logWeights = ({ ofXt, ofX0, uniform, uniformAtX0 }: Row, classes: number) => ({
  here: [1 - uniformAtX0 + uniformAtX0 / classes, ofXt + uniform / classes, 0].map(log),
  elsewhere: [ofX0, uniform / classes, uniformAtX0 / classes].map(log),
});

/**
 * log p(x_s|x_t) from the logarithm of the predicted distribution, without leaving logarithms: exact in float32 also where
 * probabilities are beyond its range. All is borrowed, the caller owns the result.
 *
 * A class k ≠ x_t is counted among the others of x_t once by its own weight and once in their sum.
 * @param logX0 [batch, dims, K]
 * @param mask one-hot x_t, [batch, dims, K]
 * @param here the logarithms of the weights of the class x_t, [batch, 1, 1, 3]
 * @param elsewhere those of the other classes, [batch, 1, 1, 3]
 */
export const logReverse = (logX0: Tensor, mask: Tensor, here: Tensor, elsewhere: Tensor): Tensor =>
  own(() => {
    const shape = mask.shape as [number, number, number];
    const perCoordinate = [shape[0], shape[1], 1];
    const same = ops.sum(ops.mul(logX0, mask), 2, true);
    const others = ops.reshape(ops.logSumExp(ops.add(logX0, ops.mul(mask, LOG_ZERO))), perCoordinate);
    const parts = ops.stack([logX0, ops.broadcastTo(others, shape), ops.broadcastTo(same, shape)], 3);
    const at = ops.expandDims(mask, 3);
    const weights = ops.add(ops.mul(at, here), ops.mul(ops.sub(1, at), elsewhere));
    return ops.logSumExp(ops.add(parts, weights));
  });
