import { backend_util } from "@tensorflow/tfjs-core";
import { activation } from "../graph/activations.ts";
import type { ElementProgram, Instruction } from "../graph/elementwise.ts";
import type { Attrs, Dtype, Value } from "../graph/graph.ts";
import { elementwiseKernel } from "../graph/passes/elementwiseKernels.ts";
import { attention, attentionGradient } from "./attention.ts";
import { convolution, convolutionFilterGradient, convolutionInputGradient, type Geometry } from "./convolution.ts";
import { elementwise, longSum } from "./elementwise.ts";
import type { Epilogue } from "./epilogue.ts";
import { batchMatMul } from "./gemm.ts";
import { groupNorm, groupNormGradient } from "./groupNorm.ts";
import { sizeOf } from "../graph/shapes/sizeOf.ts";
import type { Lowering } from "./lowering.ts";
import { concat, enlarge, fill, pad, pool, reverse, slice, splitAlong, tile, transpose } from "./move.ts";
import { noise } from "./noise.ts";
import { reduce, type Reduction, softmax } from "./reduce.ts";

/** Makes the commands of one kernel; undefined where it has none for these shapes, types or settings. */
type Lower = (inputs: readonly Value[], attrs: Attrs) => Lowering | undefined;

const list = (value: unknown): number[] => [value as number | number[]].flat();

const axesOf = (value: unknown, rank: number): number[] => {
  const axes = value === undefined || value === null ? Array.from({ length: rank }, (_, i) => i) : list(value);
  return axes.map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b);
};

const wrap = (axis: unknown, rank: number): number =>
  (axis as number) < 0 ? (axis as number) + rank : (axis as number);

/** Kernels that only move numbers do so with 32 bits at a time. */
const hasWords = ({ dtype }: Value): boolean => dtype === "float32" || dtype === "int32";

const bits = (value: number, dtype: Dtype): number =>
  dtype === "float32" ? new Int32Array(Float32Array.of(value).buffer)[0]! : value | 0;

const four = (shape: readonly number[]) => shape as [number, number, number, number];

/** The sizes of a convolution of x with a filter, as tfjs-core works them out. */
const geometry = (x: readonly number[], filter: readonly number[], attrs: Attrs): Geometry | undefined => {
  if ((attrs.dataFormat ?? "NHWC") !== "NHWC") return undefined;
  const info = backend_util.computeConv2DInfo(
    four(x),
    four(filter),
    attrs.strides as number,
    (attrs.dilations ?? 1) as number,
    attrs.pad as "same",
    attrs.dimRoundingMode as "floor",
  );
  return {
    ...{ batch: info.batchSize, h: info.inHeight, w: info.inWidth, ci: info.inChannels },
    ...{ oh: info.outHeight, ow: info.outWidth, co: info.outChannels, kh: info.filterHeight, kw: info.filterWidth },
    ...{ strideY: info.strideHeight, strideX: info.strideWidth, top: info.padInfo.top, left: info.padInfo.left },
    ...{ dilationY: info.dilationHeight, dilationX: info.dilationWidth },
  };
};

/** The epilogue that passes have put into a node's settings. */
const epilogueOf = (inputs: readonly Value[], own: number, attrs: Attrs): Epilogue | undefined =>
  attrs.epilogue === undefined
    ? undefined
    : { program: attrs.epilogue as ElementProgram, shapes: inputs.slice(own).map(({ shape }) => shape) };

/** The epilogue of tfjs's fused kernels: a bias, then an activation. Null for one that the machine has not. */
const fusedEpilogue = (inputs: readonly Value[], attrs: Attrs): Epilogue | undefined | null => {
  if (inputs.length > 3) return null;
  const bias: readonly Instruction[] = inputs.length === 3 ? [{ op: "add", args: [0, 1] }] : [];
  const count = 1 + bias.length;
  const [x, next] = bias.length === 0 ? [0, 1] : [2, 3];
  const then = activation(
    (attrs.activation ?? "linear") as string,
    x,
    next,
    attrs.leakyreluAlpha as number | undefined,
  );
  if (then === undefined) return null;
  const instructions = [...bias, ...then];
  if (instructions.length === 0) return undefined;
  return {
    program: { inputs: count, instructions, outputs: [count + instructions.length - 1] },
    shapes: inputs.slice(2).map(({ shape }) => shape),
  };
};

const reduction =
  (kind: Reduction): Lower =>
  ([x], attrs) => {
    const axes = axesOf(attrs.reductionIndices ?? attrs.axis, x!.shape.length);
    const kept = x!.shape.map((n, i) => (axes.includes(i) ? 1 : n));
    const result = attrs.keepDims === true ? kept : x!.shape.filter((_, i) => !axes.includes(i));
    return reduce(x!.shape, axes, kind, result);
  };

const pooling =
  (kind: "mean" | "max"): Lower =>
  ([x], attrs) => {
    const info = backend_util.computePool2DInfo(
      four(x!.shape),
      attrs.filterSize as number,
      attrs.strides as number,
      1,
      attrs.pad as "valid",
      attrs.dimRoundingMode as "floor",
    );
    const { top, bottom, left, right } = info.padInfo;
    if (top + bottom + left + right !== 0) return undefined;
    return pool(x!.shape, [info.filterHeight, info.filterWidth], [info.strideHeight, info.strideWidth], kind);
  };

/** Kernels of float32 numbers. */
const floats: Readonly<Record<string, Lower>> = {
  Elementwise: (inputs, attrs) => {
    const shapes = inputs.map(({ shape }) => shape);
    return elementwise(attrs.program as ElementProgram, shapes, (attrs.shape as number[]) ?? broadcast(shapes));
  },
  BatchMatMul: (inputs, attrs) =>
    batchMatMul(
      inputs[0]!.shape,
      inputs[1]!.shape,
      attrs.transposeA as boolean,
      attrs.transposeB as boolean,
      epilogueOf(inputs, 2, attrs),
    ),
  _FusedMatMul: (inputs, attrs) => {
    const epilogue = fusedEpilogue(inputs, attrs);
    if (epilogue === null) return undefined;
    const [a, b] = inputs as [Value, Value];
    return batchMatMul(a.shape, b.shape, attrs.transposeA as boolean, attrs.transposeB as boolean, epilogue);
  },
  Conv2D: (inputs, attrs) => {
    const g = geometry(inputs[0]!.shape, inputs[1]!.shape, attrs);
    return g === undefined ? undefined : convolution(g, epilogueOf(inputs, 2, attrs));
  },
  FusedConv2D: (inputs, attrs) => {
    const epilogue = fusedEpilogue(inputs, attrs);
    const g = geometry(inputs[0]!.shape, inputs[1]!.shape, attrs);
    return epilogue === null || g === undefined ? undefined : convolution(g, epilogue);
  },
  Conv2DBackpropInput: (inputs, attrs) => {
    const g = geometry(attrs.inputShape as number[], inputs[1]!.shape, attrs);
    return g === undefined ? undefined : convolutionInputGradient(g, epilogueOf(inputs, 2, attrs));
  },
  Conv2DBackpropFilter: (inputs, attrs) => {
    const g = geometry(inputs[0]!.shape, attrs.filterShape as number[], attrs);
    return g === undefined ? undefined : convolutionFilterGradient(g);
  },
  AddN: (inputs) => longSum(inputs.length, inputs[0]!.shape),
  Sum: reduction("sum"),
  Mean: reduction("mean"),
  Max: reduction("max"),
  Min: reduction("min"),
  Softmax: ([x]) => softmax(x!.shape),
  GroupNorm: ([x], attrs) => groupNorm(x!.shape, attrs as never),
  GroupNormGrad: ([, x], attrs) => groupNormGradient(x!.shape, attrs as never),
  Attention: ([q, k, v], attrs) => attention(q!.shape, k!.shape, v!.shape, attrs.scale as number),
  AttentionGrad: ([, q, k, v], attrs) => attentionGradient(q!.shape, k!.shape, v!.shape, attrs.scale as number),
  AvgPool: pooling("mean"),
  MaxPool: pooling("max"),
  ResizeNearestNeighbor: ([x], attrs) => {
    if (attrs.alignCorners) return undefined; // by whole factors, places have the same neighbour from their centres
    const size = attrs.size as number[];
    const factors = [size[0]! / x!.shape[1]!, size[1]! / x!.shape[2]!] as const;
    return factors.every((f) => Number.isInteger(f) && f > 0) ? enlarge(x!.shape, factors) : undefined;
  },
};

/** Kernels that move numbers of 32 bits, whatever they mean. */
const moves: Readonly<Record<string, Lower>> = {
  Transpose: ([x], attrs) => transpose(x!.shape, x!.dtype, attrs.perm as number[]),
  Slice: ([x], attrs) => {
    const begin = list(attrs.begin);
    const size = list(attrs.size);
    const from = x!.shape.map((_, i) => begin[i] ?? 0);
    return slice(
      x!.shape,
      x!.dtype,
      from,
      x!.shape.map((n, i) => ((size[i] ?? -1) === -1 ? n - from[i]! : size[i]!)),
    );
  },
  PadV2: ([x], attrs) =>
    pad(x!.shape, x!.dtype, attrs.paddings as [number, number][], bits((attrs.constantValue as number) ?? 0, x!.dtype)),
  Reverse: ([x], attrs) => reverse(x!.shape, x!.dtype, axesOf(attrs.dims, x!.shape.length)),
  Tile: ([x], attrs) => tile(x!.shape, x!.dtype, attrs.reps as number[]),
  Concat: (inputs, attrs) => {
    const axis = wrap(attrs.axis, inputs[0]!.shape.length);
    return inputs.every(({ dtype }) => dtype === inputs[0]!.dtype)
      ? concat(
          inputs.map(({ shape }) => shape),
          inputs[0]!.dtype,
          axis,
        )
      : undefined;
  },
  Pack: (inputs, attrs) => {
    const [first] = inputs as [Value];
    const axis = wrap(attrs.axis, first.shape.length + 1);
    const parts = inputs.map(({ shape }) => [...shape.slice(0, axis), 1, ...shape.slice(axis)]);
    return inputs.every(({ dtype }) => dtype === first.dtype) ? concat(parts, first.dtype, axis) : undefined;
  },
  Unpack: ([x], attrs) => {
    const axis = wrap(attrs.axis, x!.shape.length);
    const made = splitAlong(x!.shape, x!.dtype, axis, new Array<number>(x!.shape[axis]!).fill(1));
    const shape = x!.shape.filter((_, i) => i !== axis);
    return made === undefined ? undefined : { ...made, outputs: made.outputs.map(({ dtype }) => ({ shape, dtype })) };
  },
  SplitV: ([x], attrs) => {
    const axis = wrap(attrs.axis, x!.shape.length);
    const wanted = attrs.numOrSizeSplits as number | number[];
    const total = x!.shape[axis]!;
    const sizes = typeof wanted === "number" ? new Array<number>(wanted).fill(total / wanted) : wanted;
    const known = sizes.reduce((sum, n) => sum + Math.max(n, 0), 0);
    return splitAlong(
      x!.shape,
      x!.dtype,
      axis,
      sizes.map((n) => (n === -1 ? total - known : n)),
    );
  },
  ZerosLike: ([x]) => fill(x!.shape, x!.dtype, 0),
  OnesLike: ([x]) => fill(x!.shape, x!.dtype, bits(1, x!.dtype)),
};

/** The shape that shapes broadcast to together. */
const broadcast = (shapes: readonly (readonly number[])[]): number[] =>
  shapes.map((shape) => [...shape]).reduce((a, b) => backend_util.assertAndGetBroadcastShape(a, b));

/**
 * Turns a kernel into commands of the machine.
 * @returns undefined where the machine has none, and tfjs's cpu kernel of this name must do
 */
export const lower = (op: string, inputs: readonly Value[], attrs: Attrs): Lowering | undefined => {
  if (op === "Fill") {
    const dtype = (attrs.dtype ?? "float32") as Dtype;
    return typeof attrs.value === "number" &&
      (dtype === "float32" || dtype === "int32") &&
      sizeOf(attrs.shape as number[]) > 0
      ? fill(attrs.shape as number[], dtype, bits(attrs.value, dtype))
      : undefined;
  }
  if (op === "Noise") return noise(attrs.shape as number[], attrs.keys as number[]);
  if (op === "Elementwise" && sizeOf(attrs.shape as number[]) === 0) {
    const { outputs } = attrs.program as ElementProgram;
    const shape = attrs.shape as number[];
    return { outputs: outputs.map(() => ({ shape, dtype: "float32" })), temporaries: [], blocks: [], commands: [] };
  }
  const empty = inputs.some(({ shape }) => sizeOf(shape) === 0);
  if (inputs.length === 0 || empty) return undefined;
  const move = moves[op];
  if (move !== undefined) return inputs.every(hasWords) ? move(inputs, attrs) : undefined;
  if (!inputs.every(({ dtype }) => dtype === "float32")) return undefined;
  const program = elementwiseKernel(op, attrs, inputs.length);
  if (program !== undefined) {
    const shapes = inputs.map(({ shape }) => shape);
    return elementwise(program, shapes, broadcast(shapes));
  }
  return floats[op]?.(inputs, attrs);
};

/** All kernels for which {@link lower} may have commands. */
export const lowered: readonly string[] = [...Object.keys(floats), ...Object.keys(moves), "Fill", "Noise"];
