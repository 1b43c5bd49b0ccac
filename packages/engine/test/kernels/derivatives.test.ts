import {
  attention,
  grad,
  groupNorm,
  groupNormSilu,
  hvp,
  ops,
  own,
  silu,
  type Tensor,
  treeDispose,
} from "@nonmarkov/autodiff";
import { memory } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { startGuarded } from "./reference/guarded.ts";
import * as attentionReference from "./reference/attention.ts";
import { forward, geometryOf, type Settings } from "./reference/convolution.ts";
import * as normReference from "./reference/groupNorm.ts";
import { matMul } from "./reference/matMul.ts";
import { type AnyNumbers, drawn } from "./reference/numbers.ts";

beforeAll(async () => {
  await startGuarded(2);
});

/** A function of tensors, and the same in float64. */
type Case = {
  readonly name: string;
  readonly shapes: readonly (readonly number[])[];
  readonly f: (...xs: Tensor[]) => Tensor;
  readonly exact: (...xs: AnyNumbers[]) => ArrayLike<number>;
};

type Four = Parameters<typeof ops.conv2d>[1];
const conv = (x: readonly number[], filter: readonly number[], settings: Settings): Case => ({
  name: `convolution of [${x.join()}] with [${filter.join()}], stride ${String(settings.strides)}, ${String(settings.pad)}`,
  shapes: [x, filter],
  f: (a, b) => ops.conv2d(a as Four, b as Four, settings.strides as number, settings.pad as "same"),
  exact: (a, b) => forward(geometryOf(x, filter, settings), a!.data, b!.data).data,
});

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const scale = 0.6;
const options = { groups: 2, eps: 1e-3 };

const cases: readonly Case[] = [
  conv([2, 8, 8, 8], [3, 3, 8, 9], { strides: 1, pad: "same" }),
  conv([1, 5, 6, 5], [3, 3, 5, 4], { strides: 1, pad: "valid" }),
  conv([2, 8, 7, 3], [3, 3, 3, 5], { strides: 2, pad: "same" }),
  conv([1, 7, 6, 3], [5, 2, 3, 4], { strides: 1, pad: "same" }),
  conv([2, 5, 5, 6], [1, 1, 6, 7], { strides: 1, pad: "same" }),
  ...[false, true].flatMap((ta) =>
    [false, true].map((tb): Case => ({
      name: `product of matrices${ta ? " a^T" : ""}${tb ? " b^T" : ""}`,
      shapes: [ta ? [2, 9, 5] : [2, 5, 9], tb ? [7, 9] : [9, 7]], // prettier-ignore
      f: (a, b) => ops.matMul(a!, b!, ta, tb),
      exact: (a, b) => matMul(a!, b!, ta, tb).data,
    })),
  ),
  {
    name: "silu",
    shapes: [[3, 37]],
    f: (x) => silu(x!),
    exact: (x) => Float64Array.from(x!.data, (v) => v * sigmoid(v)),
  },
  {
    name: "group normalisation",
    shapes: [[2, 3, 4, 6], [6], [6]],
    f: (x, gamma, beta) => groupNorm(x!, gamma!, beta!, options),
    exact: (x, gamma, beta) => normReference.groupNorm(x!, gamma!, beta!, { ...options, silu: false }).y,
  },
  {
    name: "group normalisation with SiLU",
    shapes: [[2, 3, 4, 6], [6], [6]],
    f: (x, gamma, beta) => groupNormSilu(x!, gamma!, beta!, options),
    exact: (x, gamma, beta) => normReference.groupNorm(x!, gamma!, beta!, { ...options, silu: true }).y,
  },
  {
    name: "attention",
    shapes: [
      [2, 5, 4],
      [2, 7, 4],
      [2, 7, 3],
    ],
    f: (q, k, v) => attention(q!, k!, v!, scale),
    exact: (q, k, v) => attentionReference.attention({ q: q!, k: k!, v: v!, scale }).out,
  },
  {
    name: "a block: silu(norm(conv(x))) + x",
    shapes: [[2, 6, 6, 4], [3, 3, 4, 4], [4], [4]],
    f: (x, w, gamma, beta) =>
      ops.add(groupNormSilu(ops.conv2d(x as Four, w as Four, 1, "same"), gamma!, beta!, options), x!),
    exact: (x, w, gamma, beta) => {
      const y = forward(geometryOf(x!.shape, w!.shape, { strides: 1, pad: "same" }), x!.data, w!.data);
      const { y: z } = normReference.groupNorm(y, gamma!, beta!, { ...options, silu: true });
      return z.map((v, i) => v + x!.data[i]!);
    },
  },
];
const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, v, i) => sum + v * b[i]!, 0);

/** Measured: 6e-8 of the sum of all slopes' sizes. */
describe("derivatives match differences in float64 along random directions, of first order and of second", () => {
  test.each(cases)("$name", ({ shapes, f, exact }) => {
    const before = memory().numTensors;
    const draw = (seed: number, deviation = 1) => shapes.map((shape, i) => drawn(shape, seed + i, { deviation }));
    const [xs, d, v] = [draw(1), draw(100), draw(200)];
    const tensors = [xs, d, v].map((all) => all.map(({ shape, data }) => ops.tensor(data, [...shape], "float32"))) as [
      Tensor[],
      Tensor[],
      Tensor[],
    ];
    const weights = drawn([exact(...xs).length], 300);
    const value = own(() => f(...tensors[0]));
    const w = ops.tensor(weights.data, value.shape);
    value.dispose();

    const at = (p: number, q: number): number =>
      dot(
        exact(
          ...xs.map(({ shape, data }, i) => ({
            shape,
            data: Float64Array.from(data, (x, j) => x + p * d[i]!.data[j]! + q * v[i]!.data[j]!),
          })),
        ),
        weights.data,
      );
    const h = 1e-3;
    const first = (8 * (at(h, 0) - at(-h, 0)) - (at(2 * h, 0) - at(-2 * h, 0))) / (12 * h);
    const mixed = (s: number): number => (at(s, s) - at(s, -s) - at(-s, s) + at(-s, -s)) / (4 * s * s);
    const second = (4 * mixed(h) - mixed(2 * h)) / 3;

    const loss = (all: Tensor[]): Tensor => own(() => ops.sum(ops.mul(f(...all), w)));
    const numbers = (all: readonly Tensor[], free: boolean): number[] => {
      const made = all.flatMap((t) => [...t.dataSync()]);
      if (free) treeDispose(all);
      return made;
    };
    const slopes = numbers(grad(loss)(tensors[0]), true);
    const direction = numbers(tensors[1], false);
    const size = slopes.reduce((sum, g, i) => sum + Math.abs(g * direction[i]!), 0);
    const curved = numbers(hvp(loss, tensors[0], tensors[2]), true);
    const size2 = curved.reduce((sum, g, i) => sum + Math.abs(g * direction[i]!), 0);
    expect(Math.abs(dot(slopes, direction) - first), "first order").toBeLessThan(4e-7 * size);
    expect(Math.abs(dot(curved, direction) - second), "second order").toBeLessThan(4e-7 * size2);
    treeDispose([tensors, w]);
    expect(memory().numTensors).toBe(before);
  });
});
