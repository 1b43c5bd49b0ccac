import { Softmax, mul, softmax, sub, sum, type Tensor } from "@tensorflow/tfjs-core";
import type { Rule } from "./rule.ts";

/** The gradient of y = softmax(x) over the last axis: y (dy - <dy, y>). */
export const softmaxGradient = (dy: Tensor, y: Tensor): Tensor => {
  const weighted = mul(dy, y);
  return sub(weighted, mul(y, sum(weighted, -1, true)));
};

/** The softmax kernel. */
export const softmaxRules: readonly Rule[] = [
  {
    kernel: Softmax,
    inputs: ["logits"],
    gradient: (dy, { saved: [logits] }) => ({ logits: () => softmaxGradient(dy, softmax(logits!)) }),
  },
];
