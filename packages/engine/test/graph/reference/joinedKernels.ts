import type { ElementProgram } from "../../../src/graph/elementwise.ts";
import type { Attrs, GraphNode, Shape } from "../../../src/graph/graph.ts";
import type { Summand } from "../../../src/graph/passes/addConvolutions.ts";
import { groupNorm } from "../../kernels/reference/groupNorm.ts";
import { runProgram } from "./elementFunctions.ts";
import { at, batchMatMul, concat, conv2d, type Numbers, placesOf, type Tensor } from "./kernels.ts";

/** A program at every place of a shape; its outputs. */
export const atEveryPlace = (program: ElementProgram, inputs: readonly Tensor[], shape: Shape): readonly Numbers[] => {
  const results = placesOf(shape).map((place) =>
    runProgram(
      program,
      inputs.map((input) => at(input, place)),
    ),
  );
  return program.outputs.map((_, i) => results.map((result) => result[i]!));
};

/** Computes all outputs of a node, epilogue and all, of these shapes. */
type NodeKernel = (node: GraphNode, inputs: readonly Tensor[], shapes: readonly Shape[]) => readonly Numbers[];

/** What an epilogue makes of a kernel's result. */
const finished = (attrs: Attrs, numbers: Numbers, further: readonly Tensor[], shape: Shape): Numbers => {
  const program = attrs.epilogue as ElementProgram | undefined;
  return program === undefined ? numbers : atEveryPlace(program, [{ shape, numbers }, ...further], shape)[0]!;
};

/** `count` at a time. */
const inSets = <T>(all: readonly T[], count: number): readonly (readonly T[])[] =>
  Array.from({ length: all.length / count }, (_, i) => all.slice(i * count, (i + 1) * count));

const elementwiseMany: NodeKernel = ({ attrs }, inputs, shapes) => {
  const program = attrs.program as ElementProgram;
  const sets = inSets(inputs, program.inputs);
  return inSets(shapes, program.outputs.length).flatMap(([shape], member) =>
    atEveryPlace(program, sets[member]!, shape!),
  );
};

const sumMany: NodeKernel = ({ attrs }, inputs) => {
  const sums = inputs.map((input) =>
    atEveryPlace(attrs.program as ElementProgram, [input], input.shape)[0]!.reduce((a, b) => a + b, 0),
  );
  return [[sums.reduce((a, b) => a + b)]];
};

const denseMany: NodeKernel = ({ attrs }, [a, ...rest], shapes) => {
  const program = attrs.epilogue as ElementProgram | undefined;
  return inSets(rest, program?.inputs ?? 1).map(([b, ...further], member) =>
    finished(attrs, batchMatMul([a!, b!], {}, shapes[member]!), further, shapes[member]!),
  );
};

/** The channels of a filter from one on, as many as there are. */
const channelsOf = (filter: Tensor, from: number, count: number): Tensor => {
  const shape = filter.shape.with(2, count);
  return { shape, numbers: placesOf(shape).map((place) => at(filter, place.with(2, place[2]! + from))) };
};

const convolutionSum: NodeKernel = ({ attrs }, inputs, [shape]) => {
  const summands = attrs.summands as readonly Summand[];
  const terms = summands.map(({ attrs: settings, from }, i) => {
    const [x, filter] = [inputs[2 * i]!, inputs[2 * i + 1]!];
    const own = from === undefined ? filter : channelsOf(filter, from, x.shape[3]!);
    return conv2d([x, own], settings, shape!);
  });
  const sums = terms.reduce((a, b) => a.map((number, i) => number + b[i]!));
  return [finished(attrs, sums, inputs.slice(2 * summands.length), shape!)];
};

const norm: NodeKernel = ({ attrs }, inputs, shapes) => {
  const [x, gamma, beta] = inputs.map(({ shape, numbers }) => ({ shape, data: numbers }));
  const { y, mean, inverse } = groupNorm(x!, gamma!, beta!, attrs as Parameters<typeof groupNorm>[3]);
  return [y, mean, inverse].slice(0, shapes.length).map((numbers) => [...numbers]);
};

const normOfParts: NodeKernel = (node, inputs, shapes) => {
  const parts = inputs.slice(0, -2);
  const channels = parts.reduce((sum, { shape }) => sum + shape.at(-1)!, 0);
  const shape = parts[0]!.shape.with(-1, channels);
  return norm(node, [{ shape, numbers: concat(parts, { axis: -1 }, shape) }, ...inputs.slice(-2)], shapes);
};

/** Kernels of several outputs, and those that passes make of several. */
export const joinedKernels: Readonly<Record<string, NodeKernel>> = {
  Elementwise: ({ attrs }, inputs, [shape]) => atEveryPlace(attrs.program as ElementProgram, inputs, shape!),
  ElementwiseMany: elementwiseMany,
  SumMany: sumMany,
  DenseMany: denseMany,
  ConvolutionSum: convolutionSum,
  GroupNorm: norm,
  GroupNormOfParts: normOfParts,
};
