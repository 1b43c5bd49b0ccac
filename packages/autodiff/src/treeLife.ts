import { clone, dispose, type Tensor, zerosLike } from "@tensorflow/tfjs-core";
import { type Tree, treeLeaves } from "./tree.ts";
import { treeMap } from "./treeMap.ts";

/** Frees all leaves. The tree must not be used afterwards. */
export const treeDispose = (tree: Tree): void => dispose([...treeLeaves(tree)] as Tensor[]);

/** A tree of clones (they share the data, and are freed separately). */
export const treeClone = <P extends Tree>(tree: P): P => treeMap((leaf) => clone(leaf), tree);

/** A tree of zeros with the same shapes and types. */
export const treeZerosLike = <P extends Tree>(tree: P): P => treeMap((leaf) => zerosLike(leaf), tree);

/** How many numbers the tree holds. */
export const treeSize = (tree: Tree): number => treeLeaves(tree).reduce((n, leaf) => n + leaf.size, 0);
