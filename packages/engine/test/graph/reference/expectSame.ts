import { expect } from "vitest";
import type { Graph } from "../../../src/graph/graph.ts";
import { assertValid } from "./assertValid.ts";
import { interpret } from "./interpret.ts";
import type { Numbers } from "./kernels.ts";

/** Expects a graph to be valid, and to compute what another one does, but for the order in which numbers are added. */
export const expectSame = (got: Graph, want: Graph, inputs: readonly Numbers[]): void => {
  assertValid(got);
  expect(got.inputs).toEqual(want.inputs);
  const [left, right] = [interpret(got, inputs), interpret(want, inputs)];
  expect(left.map(({ shape }) => shape)).toEqual(right.map(({ shape }) => shape));
  right.forEach(({ numbers }, i) => {
    const largest = numbers.reduce((most, v) => Math.max(most, Math.abs(v)), 1e-9);
    const wrong = numbers.findIndex((v, j) => !(Math.abs(v - left[i]!.numbers[j]!) <= 1e-9 * largest));
    if (wrong >= 0) expect.fail(`output ${i}[${wrong}] must be ${numbers[wrong]}, got ${left[i]!.numbers[wrong]}`);
  });
};
