import {
  normalTensor,
  ops,
  own,
  type Tensor,
  type Tree,
  treeAdd,
  treeDispose,
  treeDot,
  treeMapEntries,
  treeScale,
  valueAndGrad,
} from "@nonmarkov/autodiff";
import { foldIn, key, type Key } from "@nonmarkov/random";
import { expect } from "vitest";
import type { Net } from "../src/index.ts";

/** A tree like `params` of normal numbers with the given standard deviation. */
export const noiseLike = <P extends Tree>(seed: Key, params: P, std: number): P => {
  let i = 0;
  return treeMapEntries((_path, leaf) => {
    const flat = normalTensor(foldIn(seed, i++), [1, leaf.size]);
    return ops.mul(ops.reshape(flat, leaf.shape), std);
  }, params);
};

/** Parameters away from the start, where the zeros of the last layers would hide mistakes in the others. */
export const moved = <P extends Tree>(net: Net<P>, seed: number, std = 0.1): P => {
  const start = net.init(key(seed));
  const by = noiseLike(key(seed + 1), start, std);
  const params = treeAdd(start, by);
  treeDispose(start);
  treeDispose(by);
  return params;
};

/** The largest difference of two tensors. */
export const distance = (a: Tensor, b: Tensor): number => own(() => ops.max(ops.abs(ops.sub(a, b)))).dataSync()[0]!;

/** The law of every network: its gradient along a random direction is the central difference along it. */
export const expectGradient = <P extends Tree>(
  net: Net<P>,
  params: P,
  x: Tensor,
  t: Tensor,
  labels: Tensor | undefined,
): void => {
  const weights = normalTensor(key(77), net.apply(params, x, t, labels).shape);
  const loss = (p: P): Tensor => own(() => ops.sum(ops.mul(net.apply(p, x, t, labels), weights)));
  const direction = noiseLike(key(78), params, 1);
  const at = (h: number): number => own(() => loss(treeAdd(params, treeScale(h, direction)))).dataSync()[0]!;
  const central = (h: number): number => (at(h) - at(-h)) / (2 * h);
  const { grad } = valueAndGrad(loss)(params);
  const got = treeDot(grad, direction).dataSync()[0]!;
  const h = 7e-4; // rounding and the fifth derivative are both small here
  const want = (4 * central(h) - central(2 * h)) / 3;
  expect(Math.abs(got - want)).toBeLessThan(1e-3 * Math.abs(want));
  expect(Math.abs(want)).toBeGreaterThan(0.1);
};

/** The law of every network: one t for all rows is that t in each of them, in the value and in the gradient. */
export const expectOneTime = <P extends Tree>(net: Net<P>, params: P, x: Tensor, labels: Tensor | undefined): void => {
  const weights = normalTensor(key(79), net.apply(params, x, ops.fill([1], 7), labels).shape);
  const [one, each] = [1, x.shape[0]!].map((rows) => {
    const t = ops.fill([rows], 7);
    const loss = (p: P): Tensor => own(() => ops.sum(ops.mul(net.apply(p, x, t, labels), weights)));
    return { y: net.apply(params, x, t, labels), grad: valueAndGrad(loss)(params).grad };
  }) as [{ y: Tensor; grad: P }, { y: Tensor; grad: P }];
  expect(distance(one.y, each.y)).toBeLessThan(1e-5);
  const difference = treeAdd(one.grad, treeScale(-1, each.grad));
  const [off, size] = [difference, each.grad].map((tree) => Math.sqrt(treeDot(tree, tree).dataSync()[0]!));
  expect(off! / size!).toBeLessThan(1e-5);
};
