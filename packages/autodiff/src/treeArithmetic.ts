import { type Tensor, addN, mul, scalar, sqrt, square, sum } from "@tensorflow/tfjs-core";
import { combine } from "./combine.ts";
import { own } from "./own.ts";
import { ownAll } from "./ownAll.ts";
import { type Tree, treeAlign, treeEntries } from "./tree.ts";
import { treeMap } from "./treeMap.ts";
import { withLeaves } from "./withLeaves.ts";

/**
 * sum_i coefs[i] trees[i], of trees with the same paths and shapes: a moving average is
 * `treeCombine([decay, 1 - decay], [ema, params])`. The caller owns the result.
 * @throws RangeError if there is not one coefficient per tree, or naming the path where the trees differ
 */
export const treeCombine = <P extends Tree>(coefs: readonly number[], trees: readonly [P, ...P[]]): P => {
  const [first, ...others] = trees;
  const entries = treeEntries(first);
  const rest = others.map((tree) => treeAlign("treeCombine", entries, tree));
  return withLeaves(
    first,
    ownAll(() => entries.map(([, leaf], i) => combine(coefs, [leaf, ...rest.map((leaves) => leaves[i]!)]))),
  );
};

/** a + b. The caller owns the result. @throws RangeError naming the path where the trees differ */
export const treeAdd = <P extends Tree>(a: P, b: P): P => treeCombine([1, 1], [a, b]);

/** a - b. The caller owns the result. @throws RangeError naming the path where the trees differ */
export const treeSub = <P extends Tree>(a: P, b: P): P => treeCombine([1, -1], [a, b]);

/** c a, for a number or a scalar tensor c. The caller owns the result. */
export const treeScale = <P extends Tree>(c: number | Tensor, a: P): P => treeMap((x) => mul(x, c), a);

const total = (terms: readonly Tensor[]): Tensor => (terms.length === 0 ? scalar(0) : addN([...terms]));

/**
 * <a, b>: the sum of all products of corresponding numbers, a scalar tensor that the caller owns.
 * @throws RangeError naming the path where the trees differ
 */
export const treeDot = <P extends Tree>(a: P, b: P): Tensor =>
  own(() => {
    const entries = treeEntries(a);
    const others = treeAlign("treeDot", entries, b);
    return total(entries.map(([, leaf], i) => sum(mul(leaf, others[i]!))));
  });

/**
 * The Euclidean norm over all numbers of the tree, a scalar tensor that the caller owns. (Like any norm it has no
 * derivative at 0.)
 */
export const treeNorm = (a: Tree): Tensor =>
  own(() => sqrt(total(treeEntries(a).map(([, leaf]) => sum(square(leaf))))));
