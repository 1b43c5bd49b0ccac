import type { ElementProgram } from "./elementwise.ts";
import type { Graph, GraphNode, Shape } from "./graph.ts";
import { elementwiseKernel } from "./passes/elementwiseKernels.ts";
import { sizeOf } from "./shapes/sizeOf.ts";

/** What a node costs if nothing is cached and nothing is computed twice. */
export type NodeCost = {
  /** Operations on floating-point numbers: a product and a sum are two, exp and its like are one. */
  readonly flops: number;
  /** Bytes of the different values that it reads. */
  readonly bytesRead: number;
  /** Bytes that it writes. */
  readonly bytesWritten: number;
};

/** Shapes by the names of inputs, and of the first output. */
type Shapes = {
  /** The shape of an input. */
  readonly of: (name: string) => Shape;
  /** The shape of the first output. */
  readonly output: Shape;
};

type Count = (shapes: Shapes, node: GraphNode) => number;

const reduction: Count = (_, node) => sizeOf(node.inputs[0]!.shape);

/** Every number of dy, or of the output, meets one filter of rows x columns x channels. */
const convolved = (numbers: Shape, filter: Shape): number => 2 * sizeOf(numbers) * sizeOf(filter.slice(0, 3));

/** Operations of products of queries and keys, and of weights and values; the weights are an exp, a sum and a quotient. */
const attention =
  (withKeys: number, withValues: number): Count =>
  ({ of }) => {
    const [q, k, v] = [of("q"), of("k"), of("v")];
    const weights = sizeOf(q.slice(0, -1)) * k.at(-2)!;
    return weights * (2 * withKeys * q.at(-1)! + 2 * withValues * v.at(-1)! + 4);
  };

const counts: Readonly<Record<string, Count>> = {
  Conv2D: ({ of, output }) => convolved(output, of("filter")),
  Conv2DBackpropInput: ({ of }) => convolved(of("dy"), of("filter")),
  Conv2DBackpropFilter: ({ of, output }) => convolved(of("dy"), output),
  BatchMatMul: ({ of, output }, { attrs }) => 2 * sizeOf(output) * of("a").at(attrs.transposeA ? -2 : -1)!,
  Attention: attention(1, 1),
  // Weights once more, then dv, the weights' gradient, dq and dk.
  AttentionGrad: attention(3, 2),
  // Mean, variance, and x * scale + shift.
  GroupNorm: ({ of }) => 7 * sizeOf(of("x")),
  GroupNormOfParts: ({ output }) => 7 * sizeOf(output),
  // Two means, and three products and sums.
  GroupNormGrad: ({ of }) => 10 * sizeOf(of("x")),
  Softmax: (_, node) => 5 * sizeOf(node.inputs[0]!.shape),
  Sum: reduction,
  Mean: reduction,
  Max: reduction,
  Min: reduction,
  Prod: reduction,
};

/** Kernels of several nodes of a kind; they count their programs themselves. */
const joined: Readonly<Record<string, (graph: Graph, node: GraphNode) => number>> = {
  ElementwiseMany: ({ values }, { attrs, outputs }) => {
    const program = attrs.program as ElementProgram;
    const firsts = outputs.filter((_, i) => i % program.outputs.length === 0);
    return firsts.reduce((sum, value) => sum + programFlops(program, values[value]!.shape), 0);
  },
  SumMany: (_, { attrs, inputs }) =>
    inputs.reduce((sum, { shape }) => sum + sizeOf(shape) + programFlops(attrs.program as ElementProgram, shape), 0),
  DenseMany: ({ values }, { attrs, inputs, outputs }) =>
    outputs.reduce((sum, value) => {
      const { shape } = values[value]!;
      const epilogue = attrs.epilogue as ElementProgram | undefined;
      const own = 2 * sizeOf(shape) * inputs[0]!.shape.at(-1)!;
      return sum + own + (epilogue === undefined ? 0 : programFlops(epilogue, shape));
    }, 0),
  ConvolutionSum: ({ values }, { attrs, inputs, outputs }) => {
    const { shape } = values[outputs[0]!]!;
    const summands = (attrs.summands as readonly unknown[]).length;
    const epilogue = attrs.epilogue as ElementProgram | undefined;
    const images = Array.from({ length: summands }, (_, i) => {
      const [x, filter] = [inputs[2 * i]!.shape, inputs[2 * i + 1]!.shape];
      return convolved(shape, [filter[0]!, filter[1]!, x.at(-1)!]);
    });
    return images.reduce((a, b) => a + b, 0) + (epilogue === undefined ? 0 : programFlops(epilogue, shape));
  },
};

const programFlops = ({ instructions }: ElementProgram, output: Shape): number =>
  sizeOf(output) * instructions.reduce((sum, { op }) => sum + (op === "fma" ? 2 : 1), 0);

const flopsOf = (graph: Graph, node: GraphNode): number => {
  const several = joined[node.op];
  if (several !== undefined) return several(graph, node);
  const output = graph.values[node.outputs[0]!]!.shape;
  const of = (name: string): Shape => {
    const use = node.inputs[node.names.indexOf(name)];
    if (use === undefined)
      throw new RangeError(`costOf: ${node.op} needs an input "${name}", got ${node.names.join()}`);
    return use.shape;
  };
  const program =
    (node.attrs.program as ElementProgram | undefined) ?? elementwiseKernel(node.op, node.attrs, node.inputs.length);
  const epilogue = node.attrs.epilogue as ElementProgram | undefined;
  const own = program === undefined ? (counts[node.op]?.({ of, output }, node) ?? 0) : programFlops(program, output);
  return own + (epilogue === undefined ? 0 : programFlops(epilogue, output));
};

/** The FLOPs of a node, and the bytes that it must move; kernels that only move numbers, and unknown ones, have 0 FLOPs. */
export const costOf = (graph: Graph, node: GraphNode): NodeCost => {
  const bytesOf = (value: number): number => {
    const { shape, dtype } = graph.values[value]!;
    return sizeOf(shape) * (dtype === "bool" ? 1 : 4);
  };
  const total = (values: Iterable<number>): number => [...values].reduce((sum, value) => sum + bytesOf(value), 0);
  return {
    flops: flopsOf(graph, node),
    bytesRead: total(new Set(node.inputs.map(({ value }) => value))),
    bytesWritten: total(node.outputs),
  };
};

/** The cost of all nodes of a graph. */
export const graphCost = (graph: Graph): NodeCost =>
  graph.nodes
    .map((node) => costOf(graph, node))
    .reduce(
      (sum, cost) => ({
        flops: sum.flops + cost.flops,
        bytesRead: sum.bytesRead + cost.bytesRead,
        bytesWritten: sum.bytesWritten + cost.bytesWritten,
      }),
      { flops: 0, bytesRead: 0, bytesWritten: 0 },
    );
