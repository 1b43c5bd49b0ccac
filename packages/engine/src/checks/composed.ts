import {
  attention,
  combine,
  groupNorm,
  groupNormSilu,
  normalTensor,
  ops,
  type Tensor,
  treeNorm,
} from "@nonmarkov/autodiff";
import { type Check, known } from "./check.ts";
import { differentiable, type Differentiable } from "./differentiable.ts";
import { grid, reader, sumOf, table } from "./numbers.ts";

const mean = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length;

/** Normalisation over two groups of two channels each, with SiLU after it or without. */
const normed = (silu: boolean): Differentiable => {
  const [batch, places, channels] = [2, 3, 4];
  const options = { groups: 2, eps: 0.1 };
  const shape = [batch, places, channels];
  return {
    op: silu ? "GroupNorm with silu" : "GroupNorm",
    hasOwnGradient: true,
    inputs: [grid(shape, 1, 0.4), grid([channels], 2, 0.3), grid([channels], 3, 0.3)],
    f: (x, gamma, beta) => (silu ? groupNormSilu : groupNorm)(x, gamma, beta, options),
    values: (x, gamma, beta) => {
      const at = reader(shape, x);
      return table(shape, (b, place, c) => {
        const first = c - (c % 2);
        const group = table([places, 2], (p, i) => at(b!, p!, first + i!)).values;
        const centre = mean(group);
        const deviation = Math.sqrt(mean(group.map((v) => (v - centre) ** 2)) + options.eps);
        const y = ((at(b, place, c) - centre) / deviation) * gamma[c]! + beta[c]!;
        return silu ? y / (1 + Math.exp(-y)) : y;
      });
    },
  };
};

const attended: Differentiable = (() => {
  const [batch, n, m, d, e] = [2, 3, 5, 4, 3];
  const scale = 0.5;
  const [shapeQ, shapeK, shapeV] = [
    [batch, n, d],
    [batch, m, d],
    [batch, m, e],
  ];
  return {
    op: "Attention",
    hasOwnGradient: true,
    inputs: [grid(shapeQ, 1, 0.3), grid(shapeK, 2, 0.3), grid(shapeV, 3, 0.3)],
    f: (q: Tensor, k: Tensor, v: Tensor) => attention(q, k, v, scale),
    values: (q: readonly number[], k: readonly number[], v: readonly number[]) => {
      const [atQ, atK, atV] = [reader(shapeQ, q), reader(shapeK, k), reader(shapeV, v)];
      return table([batch, n, e], (b, i, c) => {
        const weights = Array.from({ length: m }, (_, j) =>
          Math.exp(scale * sumOf(d, (a) => atQ(b!, i!, a) * atK(b!, j, a))),
        );
        const total = sumOf(m, (j) => weights[j]!);
        return sumOf(m, (j) => (weights[j]! / total) * atV(b!, j, c!));
      });
    },
  };
})();

/** Two matrices, [2, 3], put together by coefficients. */
const combined: Differentiable = {
  op: "Combine",
  inputs: [grid([2, 3], 1), grid([2, 3], 2)],
  f: (a, b) => combine([0.5, -2], [a!, b!]),
  values: (a, b) => ({ shape: [2, 3], values: a!.map((x, i) => 0.5 * x - 2 * b![i]!) }),
};

const broadcast: Differentiable = {
  op: "broadcastTo",
  inputs: [grid([2, 1], 1)],
  f: (x) => ops.broadcastTo(x!, [3, 2, 2]),
  values: (x) => table([3, 2, 2], (_, i) => x![i!]!),
};

/** The norm of as many tensors as recorded functions sum in one kernel. */
const norm: Differentiable = {
  op: "SumMany",
  inputs: Array.from({ length: 14 }, (_, i) => grid([1 + (i % 3), 2], i)),
  f: (...xs) => treeNorm(xs),
  values: (...xs) => ({ shape: [], values: [Math.hypot(...xs.flat())] }),
};

/** Products of one matrix with two others: recorded functions do them in one kernel. */
const dense = (): Check => {
  const [rows, inner] = [2, 5];
  const [x, ...weights] = [grid([rows, inner], 1), grid([inner, 3], 2), grid([inner, 4], 3)];
  const products = weights.map(({ shape, values }) => {
    const [atX, atW] = [reader(x!.shape, x!.values), reader(shape, values)];
    return table([rows, shape[1]!], (i, j) => sumOf(inner, (k) => atX(i!, k) * atW(k, j!)));
  });
  return known("DenseMany", [x!, ...weights], (a, ...others) => others.map((b) => ops.matMul(a!, b)), products);
};

/** Its kernel is not used where derivatives are taken. */
const combinedAlone = (): Check => {
  const { op, inputs, f, values } = combined;
  return known(op, inputs, f, values(inputs[0]!.values, inputs[1]!.values));
};

/** Standard normal numbers of the key (0, 7), as @nonmarkov/random makes them. */
const noise: readonly number[] = [-0.4382732, 0.1037956, -1.0881131, 1.9802866, -1.1538779, -0.1394886];

/** What is made of several kernels, or done by kernels of our own where a backend has them: layers of networks, noise. */
export const composed = (): readonly Check[] => [
  known(
    "eye",
    [],
    () => ops.eye(2, 3),
    table([2, 3], (i, j) => (i === j ? 1 : 0)),
  ),
  known("Noise", [], () => normalTensor([0, 7], [2, 3], 1), { shape: [2, 3], values: noise }),
  combinedAlone(),
  dense(),
  ...[combined, norm, broadcast, normed(false), normed(true), attended].map(differentiable),
];
