import fc from "fast-check";
import type { Use } from "../../../src/graph/graph.ts";
import type { Case } from "./arbitraryGraph.ts";
import { graphBuilder, type GraphBuilder } from "./graphBuilder.ts";
import { type Numbers, placesOf } from "./kernels.ts";

const sines = (count: number, seed: number): Numbers =>
  Array.from({ length: count }, (_, i) => Math.sin(1 + i * 1.7 + seed * 5.3) / 2);

/** Adds something to a graph of images. `pick` gives images made before, the `i`-th choice among those that will do. */
type Move = (g: GraphBuilder, pick: (i: number, fits?: (x: Use) => boolean) => Use, seed: number) => Use;

const sameSize =
  (x: Use) =>
  ({ shape }: Use): boolean =>
    shape[1] === x.shape[1];
const sameShape =
  (x: Use) =>
  ({ shape }: Use): boolean =>
    shape.join() === x.shape.join();

/** A convolution with a filter of its own. */
export const convolution = (g: GraphBuilder, x: Use, size: number, channels: number, stride = 1): Use => {
  const [batch, height, width, from] = x.shape as [number, number, number, number];
  const shape = [size, size, from, channels];
  const filter = g.constant(shape, sines(size * size * from * channels, size + from));
  const to = [batch, Math.ceil(height / stride), Math.ceil(width / stride), channels];
  return g.node("Conv2D", { x, filter }, to, { strides: [stride, stride], pad: "same" });
};

/** Two images as one with the channels of both. */
export const concat = (g: GraphBuilder, a: Use, b: Use): Use =>
  g.node("Concat", { 0: a, 1: b }, a.shape.with(3, a.shape[3]! + b.shape[3]!), { axis: 3 });

/** A group normalisation; its statistics are values that nobody reads. */
export const norm = (g: GraphBuilder, x: Use, groups = 2): Use => {
  const channels = x.shape.at(-1)!;
  const [gamma, beta] = [g.constant([channels], sines(channels, 1)), g.constant([channels], sines(channels, 2))];
  return g.node("GroupNorm", { x, gamma, beta }, x.shape, { groups, eps: 0.1, silu: true });
};

const moves: Readonly<Record<string, Move>> = {
  convolution: (g, pick, seed) => convolution(g, pick(0), [1, 3][seed % 2]!, [2, 4][(seed >> 1) % 2]!),
  strided: (g, pick, seed) => convolution(g, pick(0), [1, 3][seed % 2]!, 2, pick(0).shape[1] === 4 ? 2 : 1),
  branches: (g, pick, seed) => {
    const channels = [2, 4][seed % 2]!;
    return g.binary("Add", convolution(g, pick(0), 3, channels), convolution(g, pick(1, sameSize(pick(0))), 1, channels)); // prettier-ignore
  },
  add: (g, pick) => g.binary("Add", pick(0), pick(1, sameShape(pick(0)))),
  scaled: (g, pick) => g.binary("Multiply", pick(0), g.constant([], [0.5])),
  bias: (g, pick) => g.binary("Add", pick(0), g.constant([pick(0).shape[3]!], sines(pick(0).shape[3]!, 3))),
  relu: (g, pick) => g.unary("Relu", pick(0)),
  concat: (g, pick) => {
    const [a, b] = [pick(0), pick(1, sameSize(pick(0)))];
    return a.shape[3]! + b.shape[3]! <= 8 ? concat(g, a, b) : a;
  },
  norm: (g, pick) => norm(g, pick(0)),
};

/** Graphs of convolutions, and of what stands between them in a U-Net. */
export const imageGraph: fc.Arbitrary<Case> = fc
  .record({
    choices: fc.array(
      fc.record({
        kind: fc.constantFrom(...Object.keys(moves)),
        picks: fc.array(fc.nat(1000), { minLength: 3, maxLength: 3 }),
      }),
      { minLength: 1, maxLength: 12, size: "max" },
    ),
    outputs: fc.array(fc.nat(3), { minLength: 1, maxLength: 2 }),
  })
  .map(({ choices, outputs }) => {
    const g = graphBuilder();
    const inputs = [g.input([1, 4, 4, 2]), g.input([1, 4, 4, 4])];
    const made: Use[] = [...inputs];
    for (const { kind, picks } of choices) {
      // recent images are picked more often: chains are what passes look for
      const pick = (i: number, fits: (x: Use) => boolean = () => true): Use => {
        const those = made.filter(fits);
        return those[those.length - 1 - (picks[i]! % Math.min(those.length, 2 + (picks[i]! % 3)))]!;
      };
      made.push(moves[kind]!(g, pick, picks[2]!));
    }
    const returned = outputs.map((i) => made[made.length - 1 - (i % made.length)]!);
    return {
      graph: g.graph(...returned),
      inputs: inputs.map(({ shape }, i) => sines(placesOf(shape).length, 10 + i)),
    };
  });
