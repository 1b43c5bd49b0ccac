import { add, mul, sigmoid, sub } from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { customRule } from "./customRule.ts";

const rule = customRule<readonly [Tensor]>({
  name: "silu",
  forward: (x) => ({ value: mul(x, sigmoid(x)) }),
  gradients: ({ dy, inputs: [x] }) => [
    () => {
      const s = sigmoid(x);
      const y = mul(x, s);
      // y' = s + x s (1 - s) = s + y (1 - s)
      return mul(dy, add(s, sub(y, mul(y, s))));
    },
  ],
});

/** x sigmoid(x), also known as swish. Exact derivatives of every order. The caller owns the result. */
export const silu = (x: Tensor): Tensor => rule(x);
