import { normalTensor, ops, own, type Tree, treeDispose, treeMap } from "@nonmarkov/autodiff";
import { foldIn, key, type Key } from "@nonmarkov/random";

/** Parameters of a network away from the start, where zeros would hide mistakes. */
export const parametersOf = <P extends Tree>({ init }: { readonly init: (seed: Key) => P }): P => {
  const start = init(key(1));
  let i = 0;
  const moved = treeMap(
    (leaf) => own(() => ops.add(leaf, ops.mul(normalTensor(foldIn(key(2), i++), leaf.shape), 0.1))),
    start,
  );
  treeDispose(start);
  return moved;
};
