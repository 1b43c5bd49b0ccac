import type { Tensor } from "@tensorflow/tfjs-core";
import { ownAll } from "./ownAll.ts";
import { type Tree, treeAlign, treeEntries } from "./tree.ts";
import { withLeaves } from "./withLeaves.ts";

/**
 * Applies `f` to each path and leaf of `tree` and the leaves of the other trees at that path.
 * The other trees must have the same paths (shapes may differ). Borrows all; the caller owns the result.
 * @throws RangeError naming a path that not all trees have
 */
export const treeMapEntries = <P extends Tree>(
  f: (path: string, ...leaves: Tensor[]) => Tensor,
  tree: P,
  ...others: readonly Tree[]
): P => {
  const entries = treeEntries(tree);
  const rest = others.map((other) => treeAlign("treeMap", entries, other, { shapes: false }));
  return withLeaves(
    tree,
    ownAll(() => entries.map(([path, leaf], i) => f(path, leaf, ...rest.map((leaves) => leaves[i]!)))),
  );
};

/** As treeMapEntries, for functions that do not care about paths: `treeMap((p, g) => ops.sub(p, g), params, grads)`. */
export const treeMap = <P extends Tree>(f: (...leaves: Tensor[]) => Tensor, tree: P, ...others: readonly Tree[]): P =>
  treeMapEntries((_path, ...leaves) => f(...leaves), tree, ...others);
