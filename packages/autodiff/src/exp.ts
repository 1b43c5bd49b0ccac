import { type Tensor, exp as kernel, mul } from "@tensorflow/tfjs-core";
import { customRule } from "./customRule.ts";

const rule = customRule<readonly [Tensor]>({
  name: "exp",
  forward: (x) => kernel(x),
  gradients: (dy, [x]) => [() => mul(dy, exp(x))],
  firstOrder: {
    forward: (x) => {
      const value = kernel(x);
      return { value, saved: [value] };
    },
    gradients: (dy, [y]) => [() => mul(dy, y!)],
  },
});

/** e^x. At first order its gradient reuses the value. The caller owns the result. */
export const exp = (x: Tensor): Tensor => rule(x);
