import { type Tensor, type Tree, treeClone } from "@nonmarkov/autodiff";
import { flatten, unflatten } from "./flatten.ts";

/** How updates see the parameters: as one vector, or as they are. Both functions borrow; the caller owns the result. */
export type View = {
  /** The tree to compute with. */
  readonly pack: (tree: Tree) => Tree;
  /** Back to the structure of `like`. */
  readonly unpack: <P extends Tree>(like: P, packed: Tree) => P;
};

/** The view that a training asks for; by default all parameters are one vector. */
export const viewOf = ({ flat = true }: { readonly flat?: boolean }): View =>
  flat
    ? { pack: flatten, unpack: (like, packed) => unflatten(like, packed as Tensor) }
    : { pack: treeClone, unpack: <P extends Tree>(_like: P, packed: Tree) => treeClone(packed as P) };
