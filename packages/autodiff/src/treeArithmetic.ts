import { type Tensor, add, addN, mul, scalar, sqrt, sub, sum } from "@tensorflow/tfjs-core";
import { combine } from "./combine.ts";
import { own } from "./own.ts";
import { type Tree, treeAlign, treeEntries } from "./tree.ts";
import { treeMap } from "./treeMap.ts";

/** a + b. The caller owns the result. @throws RangeError naming the path where the trees differ */
export const treeAdd = <P extends Tree>(a: P, b: P): P => treeMap((x, y) => add(x, y), a, b);

/** a - b. The caller owns the result. @throws RangeError naming the path where the trees differ */
export const treeSub = <P extends Tree>(a: P, b: P): P => treeMap((x, y) => sub(x, y), a, b);

/** c a, for a number or a scalar tensor c. The caller owns the result. */
export const treeScale = <P extends Tree>(c: number | Tensor, a: P): P => treeMap((x) => mul(x, c), a);

/** <a, b>: the sum of all products of corresponding numbers, a scalar tensor that the caller owns. */
export const treeDot = <P extends Tree>(a: P, b: P): Tensor =>
  own(() => {
    const entries = treeEntries(a);
    const others = treeAlign("treeDot", entries, b);
    const terms = entries.map(([, leaf], i) => sum(mul(leaf, others[i]!)));
    return terms.length === 0 ? scalar(0) : addN(terms);
  });

/** The Euclidean norm over all numbers of the tree, a scalar tensor that the caller owns. */
export const treeNorm = (a: Tree): Tensor => own(() => sqrt(treeDot(a, a)));

/**
 * sum_i coefs[i] trees[i], of trees with the same paths and shapes. The caller owns the result.
 * @throws RangeError if there is not one coefficient per tree, or naming the path where the trees differ
 */
export const treeCombine = <P extends Tree>(coefs: readonly number[], trees: readonly [P, ...P[]]): P =>
  treeMap((...leaves) => combine(coefs, leaves), ...trees);
