import { type Tensor, mul, sigmoid as kernel, square, sub } from "@tensorflow/tfjs-core";
import { customRule } from "./customRule.ts";

/** s' = s - s^2. */
const gradient = (dy: Tensor, s: Tensor): Tensor => mul(dy, sub(s, square(s)));

const rule = customRule<readonly [Tensor]>({
  name: "sigmoid",
  forward: (x) => kernel(x),
  gradients: (dy, [x]) => [() => gradient(dy, sigmoid(x))],
  firstOrder: {
    forward: (x) => {
      const value = kernel(x);
      return { value, saved: [value] };
    },
    gradients: (dy, [s]) => [() => gradient(dy, s!)],
  },
});

/** 1 / (1 + e^-x). At first order its gradient reuses the value. The caller owns the result. */
export const sigmoid = (x: Tensor): Tensor => rule(x);
