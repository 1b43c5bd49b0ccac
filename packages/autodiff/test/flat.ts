import { memory } from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { type Tree, treeDispose } from "../src/index.ts";

/** Runs `f`, frees what it returns, and expects that not one tensor more or less is alive than before. */
export const expectFlat = async (f: () => Tree | void | Promise<Tree | void>): Promise<void> => {
  const before = memory().numTensors;
  const result = await f();
  if (result !== undefined) treeDispose(result);
  expect(memory().numTensors - before, "tensors left over").toBe(0);
};
