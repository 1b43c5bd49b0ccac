import { type Tensor, type Tree, treeEntries } from "@nonmarkov/autodiff";
import { expect } from "vitest";

/** Numbers of a tensor, as they are. */
export const numbersOf = (x: Tensor): readonly number[] => [...x.dataSync()];

/** Whether numbers are the same; 0 has no sign here, and NaN is NaN. */
const same = (a: number, b: number): boolean => a === b || (Number.isNaN(a) && Number.isNaN(b));

/** Expects two trees of the same structure, shapes, types and bits. */
export const expectIdentical = (got: Tree, want: Tree, what = ""): void => {
  const [a, b] = [treeEntries(got), treeEntries(want)];
  expect(a.map(([path, { shape, dtype }]) => [path, shape, dtype]), what).toEqual(b.map(([path, { shape, dtype }]) => [path, shape, dtype])); // prettier-ignore
  a.forEach(([path, leaf], i) => {
    const [left, right] = [leaf, b[i]![1]].map((x) => x.dataSync()) as [Float32Array, Float32Array];
    const wrong = left.findIndex((v, j) => !same(v, right[j]!));
    if (wrong >= 0) expect.fail(`${what} ${path}[${wrong}] must be ${right[wrong]}, got ${left[wrong]}`);
  });
};

/** Expects the same structure, and numbers that differ by at most `bound` times the largest of their tensor (or of 1e-6). */
export const expectNear = (got: Tree, want: Tree, bound: number, what = ""): void => {
  const [a, b] = [treeEntries(got), treeEntries(want)];
  expect(a.map(([path, { shape, dtype }]) => [path, shape, dtype]), what).toEqual(b.map(([path, { shape, dtype }]) => [path, shape, dtype])); // prettier-ignore
  a.forEach(([path, leaf], i) => {
    const [left, right] = [leaf, b[i]![1]].map((x) => x.dataSync()) as [Float32Array, Float32Array];
    const largest = right.reduce((most, v) => Math.max(most, Math.abs(v)), 1e-6);
    const wrong = left.findIndex((v, j) => !(Math.abs(v - right[j]!) <= bound * largest || same(v, right[j]!)));
    if (wrong >= 0)
      expect.fail(`${what} ${path}[${wrong}] must be ${right[wrong]}, got ${left[wrong]} (largest ${largest})`);
  });
};
