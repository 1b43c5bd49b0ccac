import { expect, test } from "vitest";
import { describe } from "../../src/graph/describe.ts";
import { optimise } from "../../src/graph/optimise.ts";
import { graphBuilder } from "./reference/graphBuilder.ts";

test("a graph is described as a table of what runs, what it makes and reads, and its settings", () => {
  const g = graphBuilder();
  const [x, filter, bias] = [g.input([1, 8, 8, 3]), g.input([3, 3, 3, 5]), g.input([5])];
  const conv = g.node("Conv2D", { x, filter }, [1, 8, 8, 5], { strides: 1, pad: "same" });
  const y = g.binary("Add", conv, bias);
  const graph = g.graph(y, g.binary("Multiply", y, g.unary("Sigmoid", y)));
  expect(describe(optimise(graph))).toBe(
    [
      "inputs: %0 [1,8,8,3], %1 [3,3,3,5], %2 [5]",
      "op           makes         reads                                                           settings",
      "Conv2D       %4 [1,8,8,5]  x: %0 [1,8,8,3], filter: %1 [3,3,3,5], epilogue1: %2 [1,1,1,5]  strides=1 pad=same then (result + epilogue1)",
      "Elementwise  %6 [1,8,8,5]  x0: %4 [1,8,8,5]                                                silu(x0)",
      "outputs: %4 [1,8,8,5], %6 [1,8,8,5]",
    ].join("\n"),
  );
});
