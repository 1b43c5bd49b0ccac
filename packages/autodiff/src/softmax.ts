import { type Tensor, softmax as kernel } from "@tensorflow/tfjs-core";
import { customRule } from "./customRule.ts";
import { softmaxGradient } from "./rules/softmax.ts";

const rule = customRule<readonly [Tensor]>({
  name: "softmax",
  forward: (x) => kernel(x),
  gradients: (dy, [x]) => [() => softmaxGradient(dy, softmax(x))],
  firstOrder: {
    forward: (x) => {
      const value = kernel(x);
      return { value, saved: [value] };
    },
    gradients: (dy, [y]) => [() => softmaxGradient(dy, y!)],
  },
});

/** exp(x) / sum(exp(x)) over the last axis. At first order its gradient reuses the value. The caller owns the result. */
export const softmax = (x: Tensor): Tensor => rule(x);
