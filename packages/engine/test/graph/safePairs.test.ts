import { expect, test } from "vitest";
import type { GraphNode } from "../../src/graph/graph.ts";
import { safePairs } from "../../src/graph/memory/safePairs.ts";

/** A node that reads these values, and makes two. */
const reading = (...values: readonly number[]): GraphNode => ({
  op: "Any",
  inputs: values.map((value) => ({ value, shape: [2] })),
  names: values.map(String),
  attrs: {},
  outputs: [100, 101],
});
const both = [
  [0, 0],
  [1, 0],
] as const;

test("what a node reads once may be overwritten as its kernel says", () => {
  expect(safePairs(reading(1, 2, 3), both)).toEqual(both);
  expect(safePairs(reading(1, 2), undefined)).toEqual([]);
});

test("a value that a node reads twice may be, if both are read place by place with the same output", () => {
  expect(safePairs(reading(1, 1, 2), both)).toEqual(both);
});

test("a value that is also read in another way, or with another output, may not", () => {
  expect(safePairs(reading(1, 2, 1), both)).toEqual([[1, 0]]);
  expect(safePairs(reading(1, 1), [[0, 0], [1, 1]])).toEqual([]); // prettier-ignore
  expect(safePairs(reading(1, 2), [[0, 0], [1, 1]])).toEqual([[0, 0], [1, 1]]); // prettier-ignore
});
