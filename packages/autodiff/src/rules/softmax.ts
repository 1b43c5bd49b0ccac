import { Softmax, mul, softmax, sub, sum } from "@tensorflow/tfjs-core";
import { isRecording } from "../tape.ts";
import type { Rule } from "./rule.ts";

/** Softmax over the last axis: dx = y (dy - sum(dy y)). */
export const softmaxRules: readonly Rule[] = [
  {
    kernel: Softmax,
    inputs: ["logits"],
    output: true,
    gradient: (dy, { saved: [logits, output] }) => ({
      logits: () => {
        const y = isRecording() ? softmax(logits!) : output!;
        const weighted = mul(dy, y);
        return sub(weighted, mul(y, sum(weighted, -1, true)));
      },
    }),
  },
];
