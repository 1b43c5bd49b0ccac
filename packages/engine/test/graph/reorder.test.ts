import fc from "fast-check";
import { expect, test } from "vitest";
import { reorder } from "../../src/graph/passes/reorder.ts";
import { anyGraph } from "./reference/arbitraryGraph.ts";
import { assertValid } from "./reference/assertValid.ts";
import { graphBuilder } from "./reference/graphBuilder.ts";

test("a graph whose nodes are in an order in which they can run is left as it is", () =>
  fc.assert(
    fc.property(anyGraph, ({ graph }) => {
      expect(reorder(graph)).toEqual(graph);
    }),
    { numRuns: 200 },
  ));

test("nodes in any other order are put behind those that make what they need, and none is lost", () =>
  fc.assert(
    fc.property(
      anyGraph.chain(({ graph }) =>
        fc.record({
          graph: fc.constant(graph),
          nodes: fc.shuffledSubarray([...graph.nodes], { minLength: graph.nodes.length }),
        }),
      ),
      ({ graph, nodes }) => {
        const ordered = reorder({ ...graph, nodes });
        assertValid(ordered);
        expect(ordered.nodes).toHaveLength(nodes.length);
        expect(new Set(ordered.nodes)).toEqual(new Set(nodes));
      },
    ),
    { numRuns: 300 },
  ));

test("only what stands before something it needs moves, and no further than it has to", () => {
  const g = graphBuilder();
  const x = g.input([2]);
  const a = g.unary("Sin", x);
  const [b, c] = [g.unary("Neg", x), g.unary("Tanh", a)];
  const { nodes, ...graph } = g.graph(b, c);
  const [sin, neg, tanh] = nodes;
  const ordered = reorder({ ...graph, nodes: [tanh!, neg!, sin!] });
  expect(ordered.nodes.map(({ op }) => op)).toEqual(["Sin", "Tanh", "Neg"]);
});

test("nodes that need each other have no order", () => {
  const g = graphBuilder();
  const x = g.input([2]);
  const y = g.unary("Sin", x);
  const z = g.unary("Neg", y);
  const graph = g.graph(z);
  const nodes = graph.nodes.map((node) => (node.op === "Sin" ? { ...node, inputs: [z] } : node));
  expect(() => reorder({ ...graph, nodes })).toThrow(/needs what it makes/);
});

test("long chains in the wrong order are no problem", () => {
  const g = graphBuilder();
  let x = g.input([1]);
  for (let i = 0; i < 3000; i++) x = g.unary("Sin", x);
  const graph = g.graph(x);
  const ordered = reorder({ ...graph, nodes: graph.nodes.toReversed() });
  expect(ordered.nodes).toEqual(graph.nodes);
});
