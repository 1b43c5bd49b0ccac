import { type TensorInfo, backend_util, broadcast_util, slice_util, util } from "@tensorflow/tfjs-core";
import type { Attrs } from "../graph/graph.ts";

/** @throws Error if a kernel's inputs and settings do not fit each other */
type Check = (inputs: readonly TensorInfo[], attrs: Attrs) => void;

const wrong = (op: string, must: string, got: unknown): never => {
  throw new RangeError(`${op}: ${must}, got ${JSON.stringify(got)}`);
};

const axesOf = (op: string, axis: unknown, shape: readonly number[]): readonly number[] => {
  const axes = util.parseAxisParam((axis ?? null) as number[], [...shape]);
  if (new Set(axes).size < axes.length) wrong(op, "axis must name each axis once", axis);
  return axes;
};

const reduction =
  (op: string): Check =>
  ([x], attrs) =>
    void axesOf(op, attrs["reductionIndices"] ?? attrs["axis"], x!.shape);

const product: Check = ([a, b], { transposeA, transposeB }) => {
  const [rankA, rankB] = [a!.shape.length, b!.shape.length];
  if (rankA < 2 || rankB < 2) wrong("matMul", "both sides must have two axes or more", [a!.shape, b!.shape]);
  const inner = [a!.shape[rankA - (transposeA ? 2 : 1)], b!.shape[rankB - (transposeB ? 1 : 2)]];
  if (inner[0] !== inner[1])
    wrong("matMul", "the inner axes must have one length", { a: a!.shape, b: b!.shape, transposeA, transposeB });
  broadcast_util.assertAndGetBroadcastShape(a!.shape.slice(0, -2), b!.shape.slice(0, -2));
};

/**
 * tfjs leaves these checks to the kernels of each backend; the machine's kernels have none, and would read what lies
 * beside the tensor.
 */
const checks: Readonly<Record<string, Check>> = {
  BatchMatMul: product,
  _FusedMatMul: product,
  Sum: reduction("sum"),
  Mean: reduction("mean"),
  Max: reduction("max"),
  Min: reduction("min"),
  Reverse: ([x], { dims }) => void axesOf("reverse", dims, x!.shape),
  Slice: ([x], { begin, size }) => {
    const { shape } = x!;
    const parsed = slice_util.parseSliceParams(x as never, begin as number[], size as number[]);
    const [from, length] = parsed as [number[], number[]];
    slice_util.assertParamsValid(x as never, from, length);
    if (length.some((n) => n < 0)) wrong("slice", "the part must lie inside", { shape, begin, size });
  },
  Concat: (inputs, { axis }) => {
    const shapes = inputs.map(({ shape }) => shape);
    const [along] = axesOf("concat", axis, shapes[0]!);
    backend_util.assertParamsConsistent(shapes, along!);
  },
  Pack: (inputs, { axis }) => {
    const [first, ...rest] = inputs.map(({ shape }) => shape);
    axesOf("stack", axis, [...first!, 1]);
    if (rest.some((shape) => shape.join() !== first!.join()))
      wrong("stack", "all shapes must be the same", [first, ...rest]);
  },
  SplitV: ([x], { axis, numOrSizeSplits }) => {
    const [along] = axesOf("split", axis, x!.shape);
    backend_util.prepareSplitSize(x as never, numOrSizeSplits as number[], along);
  },
  Transpose: ([x], { perm }) => {
    const order = [...(perm as number[])].sort((a, b) => a - b);
    if (order.length !== x!.shape.length || order.some((axis, i) => axis !== i))
      wrong("transpose", `perm must name each of the ${x!.shape.length} axes once`, perm);
  },
  PadV2: ([x], { paddings }) => {
    if ((paddings as unknown[]).length !== x!.shape.length)
      wrong("pad", `paddings must be a pair for each of the ${x!.shape.length} axes`, paddings);
  },
  Tile: ([x], { reps }) => {
    const times = reps as readonly number[];
    if (times.length !== x!.shape.length || !times.every((n) => Number.isInteger(n) && n >= 0))
      wrong("tile", `reps must be a whole number for each of the ${x!.shape.length} axes`, reps);
  },
};

/**
 * Checks a kernel's inputs where tfjs-core has not.
 * @throws Error that says what must hold
 */
export const checkArguments = (op: string, inputs: readonly TensorInfo[], attrs: Attrs): void =>
  checks[op]?.(inputs, attrs);
