import { expect, test } from "vitest";
import { removeCommon } from "../../src/graph/passes/removeCommon.ts";
import { graphBuilder, seenAs } from "./reference/graphBuilder.ts";
import { opsOf } from "./reference/opsOf.ts";

test("equal nodes are one, and so is what is made of them, also where the caller gets both", () => {
  const g = graphBuilder();
  const x = g.input([2, 3]);
  const chain = () => g.unary("Neg", g.node("Tile", { x }, [4, 3], { reps: [2, 1] }));
  const [first, second] = [chain(), chain()];
  const common = removeCommon(g.graph(first, second));
  expect(opsOf(common)).toEqual(["Tile", "Neg"]);
  expect(common.outputs).toEqual([first, first]);
});

test("settings are equal whatever the order of their names, and differ deep inside", () => {
  const g = graphBuilder();
  const x = g.input([2]);
  const pad = (attrs: Record<string, unknown>) => g.node("PadV2", { x }, [4], attrs);
  pad({ paddings: [[1, 1]], constantValue: 0 });
  pad({ constantValue: 0, paddings: [[1, 1]] });
  pad({ paddings: [[2, 0]], constantValue: 0 });
  pad({ paddings: [[2, 0]], constantValue: -0 });
  expect(removeCommon(g.graph()).nodes.map(({ attrs }) => attrs.paddings)).toEqual([[[1, 1]], [[2, 0]], [[2, 0]]]);
});

test("the same value seen with another shape is another input", () => {
  const g = graphBuilder();
  const x = g.input([2, 3]);
  const graph = g.graph(
    g.node("Sum", { x }, [2], { axis: [1] }),
    g.node("Sum", { x: seenAs(x, [3, 2]) }, [2], { axis: [1] }),
  );
  expect(removeCommon(graph)).toEqual(graph);
});

test("impure kernels run as often as they are called", () => {
  const g = graphBuilder();
  const graph = g.graph(g.node("Random", {}, [2]), g.node("Random", {}, [2]));
  expect(removeCommon(graph, { impure: new Set(["Random"]) }).nodes).toHaveLength(2);
  expect(removeCommon(graph).nodes).toHaveLength(1);
});
