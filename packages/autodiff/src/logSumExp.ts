import { type Tensor, add, exp, log, max, mul, reshape, softmax, sub, sum } from "@tensorflow/tfjs-core";
import { customRule } from "./customRule.ts";

const rule = customRule<readonly [Tensor]>({
  name: "logSumExp",
  forward: (x) => {
    const top = max(x, -1, true);
    const value = add(top, log(sum(exp(sub(x, top)), -1, true)));
    return reshape(value, x.shape.slice(0, -1));
  },
  gradients: (dy, [x]) => [() => mul(softmax(x), reshape(dy, [...dy.shape, 1]))],
});

/** log(sum(exp(x))) over the last axis, which is dropped, without overflow. The caller owns the result. */
export const logSumExp = (x: Tensor): Tensor => rule(x);
