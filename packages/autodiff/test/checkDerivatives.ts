import { foldIn, normal } from "@nonmarkov/random";
import { expect } from "vitest";
import { grad, hvp, ops, own, type Tensor, treeDispose, treeDot, vjp } from "../src/index.ts";
import { type Case, draw, seedOf } from "./cases.ts";

type Scalar = (xs: Tensor[]) => Tensor;

/** Deterministic standard normal tensors of the shapes of `like`. */
const randomLike = (like: readonly Tensor[], name: string, which: number): Tensor[] =>
  like.map((x, i) =>
    ops.tensor(Float32Array.from(normal(foldIn(foldIn(seedOf(name), which), i), x.size)), x.shape, "float32"),
  );

const numbers = (tensors: readonly Tensor[]): number[] => tensors.flatMap((t) => [...t.dataSync()]);

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

/** Differences of fourth order along a direction, the sums in float64. */
const difference = (f: (xs: Tensor[]) => Tensor[], xs: readonly Tensor[], d: readonly Tensor[], weights: number[]) => {
  const h = 0.02;
  const at = (c: number): number => {
    const shifted = xs.map((x, i) => own(() => ops.add(x, ops.mul(d[i]!, c * h))));
    const values = f(shifted);
    const result = dot(numbers(values), weights);
    treeDispose(shifted);
    treeDispose(values);
    return result;
  };
  return (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * h);
};

const expectClose = (got: number, want: number, scale: number, what: string): void => {
  expect(Math.abs(got - want), `${what}: ${got} against ${want} by differences`).toBeLessThan(2e-3 * scale);
};

/**
 * A case's derivatives of first, second and third order along random directions, against central differences of the
 * order below.
 */
export const checkDerivatives = (testCase: Case): void => {
  const { name } = testCase;
  const all = (xs: Tensor[]): Tensor[] => [testCase.f(...xs)].flat() as Tensor[];
  const xs = draw(testCase, seedOf(name));
  const outputs = all(xs);
  const [w, d, v, u] = [
    randomLike(outputs, name, 1),
    ...[2, 3, 4].map((which) =>
      randomLike(xs, name, which).map((t) => {
        const half = ops.mul(t, 0.5);
        t.dispose();
        return half;
      }),
    ),
  ] as [Tensor[], Tensor[], Tensor[], Tensor[]];
  const loss: Scalar = (inputs) => treeDot(all(inputs), w);
  const second = (inputs: Tensor[]): Tensor[] => hvp(loss, inputs, v);

  const first = grad(loss)(xs);
  const scale = 1 + dot(numbers(first).map(Math.abs), numbers(d).map(Math.abs));
  expectClose(dot(numbers(first), numbers(d)), difference(all, xs, d, numbers(w)), scale, `${name}, first order`);

  const product = second(xs);
  const scale2 = scale + dot(numbers(product).map(Math.abs), numbers(d).map(Math.abs));
  const byGrad = difference((inputs) => grad(loss)(inputs), xs, d, numbers(v));
  expectClose(dot(numbers(product), numbers(d)), byGrad, scale2, `${name}, second order`);

  const third = vjp(second, xs, u);
  const scale3 = scale2 + dot(numbers(third.grad).map(Math.abs), numbers(d).map(Math.abs));
  const bySecond = difference(second, xs, d, numbers(u));
  expectClose(dot(numbers(third.grad), numbers(d)), bySecond, scale3, `${name}, third order`);

  treeDispose([xs, outputs, w, d, v, u, first, product, third.value, third.grad]);
};
