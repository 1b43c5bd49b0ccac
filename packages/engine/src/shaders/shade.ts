import type { ElementProgram } from "../graph/elementwise.ts";
import type { Attrs, Shape, Value } from "../graph/graph.ts";
import type { Summand as GraphSummand } from "../graph/passes/addConvolutions.ts";
import { sumProgram } from "../graph/passes/elementwiseKernels.ts";
import { sizeOf } from "../graph/shapes/sizeOf.ts";
import {
  epilogueOf,
  geometry,
  kernelNames,
  type KernelTable,
  kernelTable,
  type Lower,
} from "../kernels/kernelTable.ts";
import { attention, attentionGradient } from "./attention.ts";
import { shortAttention, tilingOf } from "./attentionTiling.ts";
import { combine } from "./combine.ts";
import { comparison, comparisonNames } from "./comparisons.ts";
import { convolution, convolutionFilterGradient, convolutionInputGradient, convolutionSum } from "./convolution.ts";
import { denseMany } from "./denseMany.ts";
import { elementwise } from "./elementwise.ts";
import { elementwiseMany } from "./elementwiseMany.ts";
import { gatherV2, oneHot, unsortedSegmentSum } from "./gather.ts";
import type { Tuning } from "./gemm.ts";
import { groupNorm, groupNormGradient } from "./groupNorm.ts";
import { longSum } from "./longSum.ts";
import { concat, enlarge, fill, pad, reverse, slice, splitAlong, tile as repeat, transpose } from "./move.ts";
import { noise } from "./noise.ts";
import { averagePoolGradient, pool } from "./pool.ts";
import { product } from "./product.ts";
import { argMax, reduce, softmax } from "./reduce.ts";
import { sumMany } from "./sumMany.ts";
import type { Shading } from "./shading.ts";
import { shortTiling } from "./tile.ts";
import { toHalves } from "./toHalves.ts";

/** What shaders are written for. */
export type ShadeOptions = {
  /** Short texts: for renderings on a processor, which take longer to compile a long one than to run it. */
  readonly short?: boolean;
};

/** Turns kernels into shaders; undefined where there are none for these shapes and types. */
export type Shade = KernelTable<Shading>["lower"];

/** Kernels of all types of numbers, and those of several others. */
const othersOf = (tuning: Tuning): Readonly<Record<string, Lower<Shading>>> => ({
  Combine: (inputs, attrs) =>
    inputs.every(({ dtype }) => dtype === "float32") ? combine(attrs.coefs as number[], inputs[0]!.shape) : undefined,
  ToHalves: ([x]) => toHalves(x!.shape),
  ArgMax: ([x], attrs) => {
    if (x!.dtype !== "float32") return undefined;
    const axis = attrs.axis as number;
    return argMax(x!.shape, axis < 0 ? axis + x!.shape.length : axis);
  },
  GatherV2: gatherV2,
  OneHot: oneHot,
  UnsortedSegmentSum: unsortedSegmentSum,
  AvgPoolGrad: averagePoolGradient,
  ElementwiseMany: (_, attrs) =>
    elementwiseMany(attrs.program as ElementProgram, attrs.scalar as boolean[], attrs.outputs as Value[]),
  SumMany: (inputs, attrs) =>
    sumMany(attrs.program as ElementProgram, inputs, (attrs.outputs as readonly [Value])[0].shape),
  DenseMany: (inputs, attrs) => {
    const program = attrs.epilogue as ElementProgram | undefined;
    const shapes = Array.from({ length: (program?.inputs ?? 1) - 1 }, (_, i) => inputs[2 + i]!.shape);
    const epilogue = program && { program, shapes };
    return denseMany(inputs[0]!.shape, attrs.widths as number[], epilogue, attrs.outputs as Value[]);
  },
  ConvolutionSum: (inputs, attrs) => {
    const summands = attrs.summands as readonly GraphSummand[];
    const parts = summands.map(({ attrs: settings, from }, i) => {
      const [x, filter] = [inputs[2 * i]!.shape, inputs[2 * i + 1]!.shape];
      const own = from === undefined ? filter : [filter[0]!, filter[1]!, x[3]!, filter[3]!];
      const sizes = geometry(x, own, settings);
      const channels = from === undefined ? undefined : { from, of: filter[2]! };
      return sizes && { geometry: sizes, images: 2 * i, filter: 2 * i + 1, channels };
    });
    if (!parts.every((part) => part !== undefined)) return undefined;
    return convolutionSum(parts, epilogueOf(inputs, 2 * parts.length, attrs), tuning);
  },
  GroupNormOfParts: (inputs, attrs) => {
    const parts = inputs.slice(0, -2).map(({ shape }) => shape.at(-1)!);
    const x = [...inputs[0]!.shape.slice(0, -1), parts.reduce((sum, n) => sum + n, 0)];
    return groupNorm(x, attrs as never, parts);
  },
  ...Object.fromEntries(
    comparisonNames.map((op) => [op, (inputs: readonly Value[], attrs: Attrs) => comparison(op, inputs, attrs)]),
  ),
});

const isEmpty = ({ shape }: Value): boolean => sizeOf(shape) === 0;

/** What gives empty tensors. */
const nothing = (outputs: readonly Value[]): Shading => ({ outputs, temporaries: [], tables: [], dispatches: [] });

/** A sum of so many tensors of one shape that not every adapter has a shader with a buffer for each. */
const asLongSum = (program: ElementProgram, shapes: readonly Shape[]): Shading | undefined => {
  const count = shapes.length;
  if (count < 8 || shapes.some((shape) => shape.join() !== shapes[0]!.join())) return undefined;
  return JSON.stringify(program) === JSON.stringify(sumProgram(count)) ? longSum(count, shapes[0]!) : undefined;
};

const shadeWith = (tuning: Tuning, tile: typeof shortAttention): Shade => {
  const { lower } = kernelTable<Shading>({
    empty: nothing,
    elementwise: (program, shapes, shape) => asLongSum(program, shapes) ?? elementwise(program, shapes, shape),
    ...{ longSum, reduce, softmax, groupNorm, groupNormGradient, pool, enlarge },
    ...{ transpose, slice, reverse, tile: repeat, pad, concat, split: splitAlong, fill, noise },
    batchMatMul: (a, b, turnedA, turnedB, epilogue) => product(a, b, turnedA, turnedB, epilogue, tuning),
    convolution: (g, epilogue) => convolution(g, epilogue, tuning),
    convolutionInputGradient: (g, epilogue) => convolutionInputGradient(g, epilogue, tuning),
    convolutionFilterGradient: (g) => convolutionFilterGradient(g, tuning),
    attention: (q, k, v, scale) => attention(q, k, v, scale, tile),
    attentionGradient: (q, k, v, scale) => attentionGradient(q, k, v, scale, tile),
  });
  const others = othersOf(tuning);
  /** Generators take nothing empty. Sums over no rows are 0, which tfjs may have no kernel for. */
  const other: Shade = (op, inputs, attrs) => {
    const made = others[op]!(inputs, attrs);
    if (made === undefined || !inputs.some(isEmpty)) return made;
    if (made.outputs.every(isEmpty)) return nothing(made.outputs);
    return op === "UnsortedSegmentSum" ? fill(made.outputs[0]!.shape, "float32", 0) : undefined;
  };
  return (op, inputs, attrs) => {
    if (Object.hasOwn(others, op)) return other(op, inputs, attrs);
    if (!moves.has(op) || inputs.length === 0 || !inputs.every(isBool)) return lower(op, inputs, attrs);
    const made = lower(op, inputs.map(asInt), attrs);
    return made && { ...made, outputs: made.outputs.map(asBool) };
  };
};

/** Kernels that move words, whatever they mean: on a GPU bools are words too. */
const moves: ReadonlySet<string> = new Set([
  ...["Transpose", "Slice", "PadV2", "Reverse", "Tile", "Concat", "Pack", "Unpack", "SplitV", "ZerosLike", "OnesLike"],
]);

const isBool = ({ dtype }: Value): boolean => dtype === "bool";
const asInt = ({ shape }: Value): Value => ({ shape, dtype: "int32" });
const asBool = ({ shape }: Value): Value => ({ shape, dtype: "bool" });

/** Shaders of all kernels for a kind of device. */
export const makeShade = ({ short = false }: ShadeOptions = {}): Shade => {
  const tuning: Tuning = short ? { choose: shortTiling } : {};
  const tile = short ? shortAttention : tilingOf;
  const [whole, halved] = [shadeWith(tuning, tile), shadeWith({ ...tuning, halves: true }, tile)];
  return (op, inputs, attrs) => {
    if (attrs.halves !== true) return whole(op, inputs, attrs);
    // for all but the reading of weights they are what they were
    const seen = inputs.map(({ shape }): Value => ({ shape, dtype: "float32" }));
    return halved(op, seen, attrs);
  };
};

/** All kernels besides the elementwise ones for which there may be shaders. */
export const shaded: readonly string[] = [...kernelNames, ...Object.keys(othersOf({}))];
