import { type Tensor, exp, log, max, mul, softmax, sub, sum } from "@tensorflow/tfjs-core";
import { customRule } from "./customRule.ts";

const rule = customRule<readonly [Tensor]>({
  name: "logSoftmax",
  forward: (x) => {
    const shifted = sub(x, max(x, -1, true));
    return { value: sub(shifted, log(sum(exp(shifted), -1, true))) };
  },
  gradients: ({ dy, inputs: [x] }) => [() => sub(dy, mul(softmax(x), sum(dy, -1, true)))],
});

/** log(softmax(x)) over the last axis, without overflow. Exact derivatives of every order. The caller owns the result. */
export const logSoftmax = (x: Tensor): Tensor => rule(x);
