import { type Tree, type TreeEntry, treeEntries } from "./tree.ts";

/**
 * The entries of a tree of float32 tensors.
 * @throws TypeError naming the path of another type
 */
export const differentiable = (where: string, tree: Tree): readonly TreeEntry[] => {
  const entries = treeEntries(tree);
  const bad = entries.find(([, leaf]) => leaf.dtype !== "float32");
  if (bad !== undefined)
    throw new TypeError(
      `${where}: what is differentiated (and directions) must be float32, got ${bad[1].dtype} at "${bad[0]}"; pass other tensors as constants`,
    );
  return entries;
};
