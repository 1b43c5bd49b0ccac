import { type Tensor, matMul, mul, softmax as kernelSoftmax } from "@tensorflow/tfjs-core";
import { customRule } from "./customRule.ts";
import { ownKernel } from "./ownKernel.ts";
import { softmaxGradient } from "./rules/softmax.ts";
import { softmax } from "./softmax.ts";

type Inputs = readonly [q: Tensor, k: Tensor, v: Tensor];

/** softmax(scale q k^T). */
const weightsOf = (q: Tensor, k: Tensor, scale: number, f: (x: Tensor) => Tensor): Tensor =>
  f(mul(matMul(q, k, false, true), scale));

/** From the weights p: dv = p^T dout, ds = scale p (dp - <dp, p>) with dp = dout v^T, dq = ds k, dk = ds^T q. */
const gradients = (dout: Tensor, [q, k, v]: Inputs, p: Tensor, scale: number) => {
  const scores = (): Tensor => mul(softmaxGradient(matMul(dout, v, false, true), p), scale);
  return [
    () => matMul(scores(), k),
    () => matMul(scores(), q, true, false),
    () => matMul(p, dout, true, false),
  ] as const;
};

const rule = (scale: number) =>
  customRule<Inputs>({
    name: "attention",
    forward: (q, k, v) =>
      ownKernel("Attention", { q, k, v }, { scale })?.[0] ?? matMul(weightsOf(q, k, scale, kernelSoftmax), v),
    gradients: (dout, inputs) => gradients(dout, inputs, weightsOf(inputs[0], inputs[1], scale, softmax), scale),
    firstOrder: {
      forward: (q, k, v) => {
        const [value, logs] = ownKernel("Attention", { q, k, v }, { scale }) ?? [];
        if (value !== undefined) return { value, saved: [q, k, v, value, logs!] };
        const p = weightsOf(q, k, scale, kernelSoftmax);
        return { value: matMul(p, v), saved: [q, k, v, p] };
      },
      gradients: (dout, [q, k, v, last, logs]) => {
        if (logs === undefined) return gradients(dout, [q!, k!, v!], last!, scale);
        const made = ownKernel("AttentionGrad", { dout, q: q!, k: k!, v: v!, out: last!, logs }, { scale })!;
        return [() => made[0]!, () => made[1]!, () => made[2]!];
      },
    },
  });

/**
 * Attention, softmax(scale q k^T) v. Where the backend has a kernel of its own, the matrix of all pairs is never in memory.
 * Exact derivatives of every order. Borrows; the caller owns the result.
 * @param q queries [batch, n, d]
 * @param k keys [batch, m, d]
 * @param v values [batch, m, e]
 * @param scale of the scores, usually 1 / sqrt(d)
 * @throws RangeError if the shapes do not fit each other
 */
export const attention = (q: Tensor, k: Tensor, v: Tensor, scale: number): Tensor => {
  const fits =
    q.rank === 3 &&
    k.rank === 3 &&
    v.rank === 3 &&
    q.shape[0] === k.shape[0] &&
    k.shape[0] === v.shape[0] &&
    q.shape[2] === k.shape[2] &&
    k.shape[1] === v.shape[1];
  if (!fits)
    throw new RangeError(
      `attention: q, k and v must be [batch, n, d], [batch, m, d] and [batch, m, e], got ` +
        [q, k, v].map((x) => `[${x.shape.join(", ")}]`).join(", "),
    );
  return rule(scale)(q, k, v);
};
