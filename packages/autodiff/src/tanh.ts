import { type Tensor, mul, square, sub, tanh as kernel } from "@tensorflow/tfjs-core";
import { customRule } from "./customRule.ts";

/** y' = 1 - y^2. */
const gradient = (dy: Tensor, y: Tensor): Tensor => sub(dy, mul(dy, square(y)));

const rule = customRule<readonly [Tensor]>({
  name: "tanh",
  forward: (x) => kernel(x),
  gradients: (dy, [x]) => [() => gradient(dy, tanh(x))],
  firstOrder: {
    forward: (x) => {
      const value = kernel(x);
      return { value, saved: [value] };
    },
    gradients: (dy, [y]) => [() => gradient(dy, y!)],
  },
});

/** Hyperbolic tangent. At first order its gradient reuses the value. The caller owns the result. */
export const tanh = (x: Tensor): Tensor => rule(x);
