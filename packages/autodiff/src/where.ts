import { type Tensor, broadcast_util, where as kernel } from "@tensorflow/tfjs-core";
import { expandTo } from "./expandTo.ts";
import { own } from "./own.ts";

/**
 * `a` where `condition` (bool) holds, else `b`; all three broadcast. The caller owns the result.
 * The gradient of a number that was not chosen is 0, even if its own derivative is infinite there or NaN is chosen away:
 * keep such numbers out of the branch itself.
 */
export const where = (condition: Tensor, a: Tensor, b: Tensor): Tensor =>
  own(() => {
    const pair = broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape);
    const shape = broadcast_util.assertAndGetBroadcastShape(condition.shape, pair);
    const full = (x: Tensor): Tensor => (x.shape.join() === shape.join() ? x : expandTo(x, shape));
    return kernel(condition, full(a), full(b));
  });
