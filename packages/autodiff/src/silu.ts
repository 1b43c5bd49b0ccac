import { type Tensor, add, mul, sub } from "@tensorflow/tfjs-core";
import { customRule } from "./customRule.ts";
import { ownKernel } from "./ownKernel.ts";
import { sigmoid } from "./sigmoid.ts";

/** The gradient of y = x s, s = sigmoid(x): y' = s + x s (1 - s) = s + y - y s. */
export const siluGradient = (dy: Tensor, s: Tensor, y: Tensor): Tensor => mul(dy, add(s, sub(y, mul(y, s))));

const rule = customRule<readonly [Tensor]>({
  name: "silu",
  forward: (x) => ownKernel("Silu", { x })?.[0] ?? mul(x, sigmoid(x)),
  gradients: (dy, [x]) => [
    () => {
      const s = sigmoid(x);
      return siluGradient(dy, s, mul(x, s));
    },
  ],
  firstOrder: {
    forward: (x) => {
      const [made] = ownKernel("Silu", { x }) ?? [];
      if (made !== undefined) return { value: made, saved: [x] };
      const s = sigmoid(x);
      const value = mul(x, s);
      return { value, saved: [s, value] };
    },
    gradients: (dy, [x, y]) => [
      () => (y === undefined ? ownKernel("SiluGrad", { dy, x: x! })![0]! : siluGradient(dy, x!, y)),
    ],
  },
});

/** x sigmoid(x), also known as swish. Exact derivatives of every order. The caller owns the result. */
export const silu = (x: Tensor): Tensor => rule(x);
