import { backend_util } from "@tensorflow/tfjs-core";
import { activation } from "../graph/activations.ts";
import type { ElementProgram, Instruction } from "../graph/elementwise.ts";
import type { Attrs, Dtype, Shape, Value } from "../graph/graph.ts";
import { elementwiseKernel } from "../graph/passes/elementwiseKernels.ts";
import type { Geometry } from "../commands/convolution.ts";
import type { Epilogue } from "../commands/epilogue.ts";
import type { GroupNormSettings } from "../commands/groupNorm.ts";
import type { Reduction } from "../commands/reduce.ts";
import { sizeOf } from "../graph/shapes/sizeOf.ts";

/** What makes commands or shaders of kernels, by what they do; undefined where there are none for these shapes. */
export type Generators<L> = {
  /** Results without a number in them. */
  readonly empty: (outputs: readonly Value[]) => L;
  /** A program at every place of `shape`, to which its inputs broadcast. */
  readonly elementwise: (program: ElementProgram, inputs: readonly Shape[], shape: Shape) => L | undefined;
  /** The sum of many tensors of one shape. */
  readonly longSum: (count: number, shape: Shape) => L | undefined;
  /** [..., m, k] times [..., k, n], where either may be transposed. */
  readonly batchMatMul: (
    a: Shape,
    b: Shape,
    transposeA: boolean,
    transposeB: boolean,
    epilogue?: Epilogue,
  ) => L | undefined;
  /** A convolution of x (0) with a filter (1), and its gradients of dy and filter, and of x and dy. */
  readonly convolution: (g: Geometry, epilogue?: Epilogue) => L | undefined;
  readonly convolutionInputGradient: (g: Geometry, epilogue?: Epilogue) => L | undefined;
  readonly convolutionFilterGradient: (g: Geometry) => L | undefined;
  /** Axes, sorted, brought together. */
  readonly reduce: (x: Shape, axes: readonly number[], kind: Reduction, result: Shape) => L | undefined;
  /** Softmax over the last axis. */
  readonly softmax: (x: Shape) => L | undefined;
  /** y, means and inverse deviations of x, gamma and beta; and dx, dgamma, dbeta of dy, x, gamma, beta and these. */
  readonly groupNorm: (x: Shape, settings: GroupNormSettings) => L | undefined;
  readonly groupNormGradient: (x: Shape, settings: GroupNormSettings) => L | undefined;
  /** The values and logarithms of q, k, v; and dq, dk, dv of dout, q, k, v, values and logarithms. */
  readonly attention: (q: Shape, k: Shape, v: Shape, scale: number) => L | undefined;
  readonly attentionGradient: (q: Shape, k: Shape, v: Shape, scale: number) => L | undefined;
  /** Windows that lie in the image. */
  readonly pool: (
    x: Shape,
    window: readonly [number, number],
    strides: readonly [number, number],
    kind: "mean" | "max",
  ) => L | undefined;
  /** Nearest neighbours, by whole factors. */
  readonly enlarge: (x: Shape, factors: readonly [number, number]) => L | undefined;
  /** What moves numbers of 32 bits, whatever they mean. */
  readonly transpose: (x: Shape, dtype: Dtype, perm: readonly number[]) => L | undefined;
  readonly slice: (x: Shape, dtype: Dtype, begin: readonly number[], size: Shape) => L | undefined;
  readonly reverse: (x: Shape, dtype: Dtype, axes: readonly number[]) => L | undefined;
  readonly tile: (x: Shape, dtype: Dtype, reps: readonly number[]) => L | undefined;
  readonly pad: (
    x: Shape,
    dtype: Dtype,
    paddings: readonly (readonly [number, number])[],
    bits: number,
  ) => L | undefined;
  readonly concat: (shapes: readonly Shape[], dtype: Dtype, axis: number) => L | undefined;
  /** Along an axis, in parts of these lengths; `shapes` are those of the results where they are not the parts'. */
  readonly split: (x: Shape, dtype: Dtype, axis: number, sizes: readonly number[], shape?: Shape) => L | undefined;
  /** One number, given as its 32 bits. */
  readonly fill: (shape: Shape, dtype: Dtype, bits: number) => L | undefined;
  /** Standard normal rows, one key of two words each. */
  readonly noise: (shape: Shape, keys: readonly number[]) => L | undefined;
};

/** Makes what computes a kernel of these inputs; undefined where there is nothing for their shapes, types or settings. */
export type Lower<L> = (inputs: readonly Value[], attrs: Attrs) => L | undefined;

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
export const geometry = (x: readonly number[], filter: readonly number[], attrs: Attrs): Geometry | undefined => {
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
export const epilogueOf = (inputs: readonly Value[], own: number, attrs: Attrs): Epilogue | undefined =>
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
  <L>({ reduce }: Generators<L>, kind: Reduction): Lower<L> =>
  ([x], attrs) => {
    const axes = axesOf(attrs.reductionIndices ?? attrs.axis, x!.shape.length);
    const kept = x!.shape.map((n, i) => (axes.includes(i) ? 1 : n));
    const result = attrs.keepDims === true ? kept : x!.shape.filter((_, i) => !axes.includes(i));
    return reduce(x!.shape, axes, kind, result);
  };

const pooling =
  <L>({ pool }: Generators<L>, kind: "mean" | "max"): Lower<L> =>
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
const floats = <L>(g: Generators<L>): Readonly<Record<string, Lower<L>>> => ({
  Elementwise: (inputs, attrs) => {
    const shapes = inputs.map(({ shape }) => shape);
    return g.elementwise(attrs.program as ElementProgram, shapes, (attrs.shape as number[]) ?? broadcast(shapes));
  },
  BatchMatMul: (inputs, attrs) =>
    g.batchMatMul(
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
    return g.batchMatMul(a.shape, b.shape, attrs.transposeA as boolean, attrs.transposeB as boolean, epilogue);
  },
  Conv2D: (inputs, attrs) => {
    const sizes = geometry(inputs[0]!.shape, inputs[1]!.shape, attrs);
    return sizes === undefined ? undefined : g.convolution(sizes, epilogueOf(inputs, 2, attrs));
  },
  FusedConv2D: (inputs, attrs) => {
    const epilogue = fusedEpilogue(inputs, attrs);
    const sizes = geometry(inputs[0]!.shape, inputs[1]!.shape, attrs);
    return epilogue === null || sizes === undefined ? undefined : g.convolution(sizes, epilogue);
  },
  Conv2DBackpropInput: (inputs, attrs) => {
    const sizes = geometry(attrs.inputShape as number[], inputs[1]!.shape, attrs);
    return sizes === undefined ? undefined : g.convolutionInputGradient(sizes, epilogueOf(inputs, 2, attrs));
  },
  Conv2DBackpropFilter: (inputs, attrs) => {
    const sizes = geometry(inputs[0]!.shape, attrs.filterShape as number[], attrs);
    return sizes === undefined ? undefined : g.convolutionFilterGradient(sizes);
  },
  AddN: (inputs) => g.longSum(inputs.length, inputs[0]!.shape),
  Sum: reduction(g, "sum"),
  Mean: reduction(g, "mean"),
  Max: reduction(g, "max"),
  Min: reduction(g, "min"),
  Softmax: ([x]) => g.softmax(x!.shape),
  GroupNorm: ([x], attrs) => g.groupNorm(x!.shape, attrs as never),
  GroupNormGrad: ([, x], attrs) => g.groupNormGradient(x!.shape, attrs as never),
  Attention: ([q, k, v], attrs) => g.attention(q!.shape, k!.shape, v!.shape, attrs.scale as number),
  AttentionGrad: ([, q, k, v], attrs) => g.attentionGradient(q!.shape, k!.shape, v!.shape, attrs.scale as number),
  AvgPool: pooling(g, "mean"),
  MaxPool: pooling(g, "max"),
  ResizeNearestNeighbor: ([x], attrs) => {
    if (attrs.alignCorners) return undefined; // by whole factors, places have the same neighbour from their centres
    const size = attrs.size as number[];
    const factors = [size[0]! / x!.shape[1]!, size[1]! / x!.shape[2]!] as const;
    return factors.every((f) => Number.isInteger(f) && f > 0) ? g.enlarge(x!.shape, factors) : undefined;
  },
});

/** Kernels that move numbers of 32 bits, whatever they mean. */
const moves = <L>(g: Generators<L>): Readonly<Record<string, Lower<L>>> => ({
  Transpose: ([x], attrs) => g.transpose(x!.shape, x!.dtype, attrs.perm as number[]),
  Slice: ([x], attrs) => {
    const begin = list(attrs.begin);
    const size = list(attrs.size);
    const from = x!.shape.map((_, i) => begin[i] ?? 0);
    return g.slice(
      x!.shape,
      x!.dtype,
      from,
      x!.shape.map((n, i) => ((size[i] ?? -1) === -1 ? n - from[i]! : size[i]!)),
    );
  },
  PadV2: ([x], attrs) =>
    g.pad(
      x!.shape,
      x!.dtype,
      attrs.paddings as [number, number][],
      bits((attrs.constantValue as number) ?? 0, x!.dtype),
    ),
  Reverse: ([x], attrs) => g.reverse(x!.shape, x!.dtype, axesOf(attrs.dims, x!.shape.length)),
  Tile: ([x], attrs) => g.tile(x!.shape, x!.dtype, attrs.reps as number[]),
  Concat: (inputs, attrs) => {
    const axis = wrap(attrs.axis, inputs[0]!.shape.length);
    return inputs.every(({ dtype }) => dtype === inputs[0]!.dtype)
      ? g.concat(
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
    return inputs.every(({ dtype }) => dtype === first.dtype) ? g.concat(parts, first.dtype, axis) : undefined;
  },
  Unpack: ([x], attrs) => {
    const axis = wrap(attrs.axis, x!.shape.length);
    const shape = x!.shape.filter((_, i) => i !== axis);
    return g.split(x!.shape, x!.dtype, axis, new Array<number>(x!.shape[axis]!).fill(1), shape);
  },
  SplitV: ([x], attrs) => {
    const axis = wrap(attrs.axis, x!.shape.length);
    const wanted = attrs.numOrSizeSplits as number | number[];
    const total = x!.shape[axis]!;
    const sizes = typeof wanted === "number" ? new Array<number>(wanted).fill(total / wanted) : wanted;
    const known = sizes.reduce((sum, n) => sum + Math.max(n, 0), 0);
    return g.split(
      x!.shape,
      x!.dtype,
      axis,
      sizes.map((n) => (n === -1 ? total - known : n)),
    );
  },
  ZerosLike: ([x]) => g.fill(x!.shape, x!.dtype, 0),
  OnesLike: ([x]) => g.fill(x!.shape, x!.dtype, bits(1, x!.dtype)),
});

/** The shape that shapes broadcast to together. */
const broadcast = (shapes: readonly (readonly number[])[]): number[] =>
  shapes.map((shape) => [...shape]).reduce((a, b) => backend_util.assertAndGetBroadcastShape(a, b));

/** All kernels besides the elementwise ones for which a table may have an answer. */
export const kernelNames: readonly string[] = (() => {
  const none = {} as Generators<never>;
  return [...Object.keys(floats(none)), ...Object.keys(moves(none)), "Fill", "Noise"];
})();

/** Turns a kernel into what computes it; undefined where there is nothing, and tfjs's kernel of this name must do. */
export type KernelTable<L> = {
  /** The function from kernels to what computes them. */
  readonly lower: (op: string, inputs: readonly Value[], attrs: Attrs) => L | undefined;
};

/** The kernels that are computed by what `generators` make. */
export const kernelTable = <L>(generators: Generators<L>): KernelTable<L> => {
  const [ofFloats, ofWords] = [floats(generators), moves(generators)];
  const { fill, noise, empty, elementwise } = generators;
  return {
    lower: (op, inputs, attrs) => {
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
        return empty(outputs.map(() => ({ shape, dtype: "float32" })));
      }
      if (inputs.length === 0 || inputs.some(({ shape }) => sizeOf(shape) === 0)) return undefined;
      const move = ofWords[op];
      if (move !== undefined) return inputs.every(hasWords) ? move(inputs, attrs) : undefined;
      if (!inputs.every(({ dtype }) => dtype === "float32")) return undefined;
      const program = elementwiseKernel(op, attrs, inputs.length);
      if (program !== undefined) {
        const shapes = inputs.map(({ shape }) => shape);
        return elementwise(program, shapes, broadcast(shapes));
      }
      return ofFloats[op]?.(inputs, attrs);
    },
  };
};
