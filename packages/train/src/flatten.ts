import { type Tensor, type Tree, ops, own, treeLeaves, treeMap, treeSize } from "@nonmarkov/autodiff";

/** All leaves of a tree as one vector, in the tree's order; owned by the caller. */
export const flatten = (tree: Tree): Tensor =>
  own(() => ops.concat(treeLeaves(tree).map((leaf) => ops.reshape(leaf, [leaf.size]))));

/**
 * The inverse of {@link flatten}: a tree like `like` with the numbers of the vector; owned by the caller.
 * @throws RangeError if the vector has another size than the tree
 */
export const unflatten = <P extends Tree>(like: P, vector: Tensor): P =>
  own(() => {
    const size = treeSize(like);
    if (vector.size !== size)
      throw new RangeError(`unflatten: the vector must have the tree's ${size} numbers, got ${vector.size}`);
    let begin = 0;
    return treeMap((leaf) => {
      const piece = ops.slice(vector, [begin], [leaf.size]);
      begin += leaf.size;
      return ops.reshape(piece, leaf.shape);
    }, like);
  });
