import type { Tensor } from "@tensorflow/tfjs-core";
import { type Tree, treeRebuild } from "./tree.ts";

/** A tree like `like` with these leaves in its order. Takes the leaves as they are. */
export const withLeaves = <P extends Tree>(like: P, leaves: readonly Tensor[]): P => {
  let next = 0;
  return treeRebuild(like, () => leaves[next++]!);
};
