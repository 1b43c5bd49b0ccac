import { type Tensor, exp, log, max, mul, sub, sum } from "@tensorflow/tfjs-core";
import { customRule } from "./customRule.ts";

const forward = (x: Tensor): Tensor => {
  const shifted = sub(x, max(x, -1, true));
  return sub(shifted, log(sum(exp(shifted), -1, true)));
};

const gradient = (dy: Tensor, y: Tensor): Tensor => sub(dy, mul(exp(y), sum(dy, -1, true)));

const rule = customRule<readonly [Tensor]>({
  name: "logSoftmax",
  forward,
  gradients: (dy, [x]) => [() => gradient(dy, logSoftmax(x))],
  firstOrder: {
    forward: (x) => {
      const value = forward(x);
      return { value, saved: [value] };
    },
    gradients: (dy, [y]) => [() => gradient(dy, y!)],
  },
});

/** log(softmax(x)) over the last axis, without overflow. The caller owns the result. */
export const logSoftmax = (x: Tensor): Tensor => rule(x);
