import { type Tensor, type Tree, treeEntries } from "@nonmarkov/autodiff";
import { expect } from "vitest";

/** A tensor's shape, type and numbers. */
export type OnHost = {
  readonly path: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly values: ArrayLike<number>;
};

/** The leaves of a tree, read. */
export const numbersOnHost = (tree: Tree): Promise<readonly OnHost[]> =>
  Promise.all(
    treeEntries(tree).map(async ([path, leaf]) => ({
      path,
      shape: leaf.shape,
      dtype: leaf.dtype,
      values: (await (leaf as Tensor).data()) as Float32Array,
    })),
  );

const same = (a: number, b: number): boolean => a === b || (Number.isNaN(a) && Number.isNaN(b));

/**
 * Expects the same structure, and numbers that differ by at most `bound` times the largest of their tensor.
 * @param least what is taken for the largest at least: sums of numbers of about 1 may cancel out
 */
export const expectNumbersNear = (
  got: readonly OnHost[],
  want: readonly OnHost[],
  bound: number,
  what = "",
  least = 1e-5,
): void => {
  const outline = (all: readonly OnHost[]): unknown => all.map(({ path, shape, dtype }) => [path, shape, dtype]);
  expect(outline(got), what).toEqual(outline(want));
  got.forEach(({ path, values }, leaf) => {
    const right = Array.from(want[leaf]!.values);
    const largest = right.reduce((most, v) => Math.max(most, Number.isFinite(v) ? Math.abs(v) : 0), least);
    const wrong = right.findIndex((v, i) => !(Math.abs(values[i]! - v) <= bound * largest || same(values[i]!, v)));
    if (wrong >= 0)
      expect.fail(`${what} ${path}[${wrong}] must be ${right[wrong]}, got ${values[wrong]} (largest ${largest})`);
  });
};
