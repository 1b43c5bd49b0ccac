import { ownAll } from "./ownAll.ts";
import { type Tree, treeLeaves } from "./tree.ts";
import { withLeaves } from "./withLeaves.ts";
import type { Tensor } from "@tensorflow/tfjs-core";

/**
 * Runs a synchronous function and hands over the tensors of the tree (often one tensor) that it returns; all others made
 * inside are freed, also if it throws. What it returns may be, or contain, its arguments or one tensor twice: the caller
 * gets clones, which share the data. The body of every pure function that makes more than one tensor belongs in here.
 */
export const own = <P extends Tree>(make: () => P): P => {
  let shape: P | undefined;
  const leaves: readonly Tensor[] = ownAll(() => {
    shape = make();
    return treeLeaves(shape);
  });
  return withLeaves(shape!, leaves);
};
