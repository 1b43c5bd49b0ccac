import {
  type TensorInfo,
  type KernelBackend,
  backend_util,
  engine,
  getKernel,
  type NamedAttrMap,
  type Tensor,
} from "@tensorflow/tfjs-core";
import { sizeOf } from "../graph/shapes/sizeOf.ts";
import type { KernelFunc } from "./kernel.ts";

/** Runs another kernel of this backend. Results are freed when the composition ends, besides the one it returns. */
type Call = (op: string, inputs: Readonly<Record<string, TensorInfo>>, attrs?: object) => TensorInfo;

/** Kernels made of others, each of which is recorded; `own` is the kernel of the same name that does the usual cases. */
export const composed =
  (build: (inputs: Readonly<Record<string, TensorInfo>>, attrs: NamedAttrMap, call: Call) => TensorInfo): KernelFunc =>
  ({ inputs, attrs, backend }) => {
    const made = new Set<TensorInfo>();
    const call: Call = (op, ins, more = {}) => {
      const info = getKernel(op, engine().backendName)!.kernelFunc({
        inputs: ins,
        attrs: more as never,
        backend,
      }) as TensorInfo;
      made.add(info);
      return info;
    };
    try {
      const result = build(inputs as never, attrs as NamedAttrMap, call);
      made.delete(result);
      return result;
    } finally {
      for (const { dataId } of made) (backend as KernelBackend).disposeData(dataId);
    }
  };

/** A tensor whose axes have one-letter labels. */
type Labelled = { readonly x: TensorInfo; readonly labels: readonly string[] };

const lengths = ({ x, labels }: Labelled, of: readonly string[]): number[] =>
  of.map((label) => x.shape[labels.indexOf(label)]!);

/** Sums over the axes whose labels nobody else has. */
const summed = ({ x, labels }: Labelled, keep: readonly string[], call: Call): Labelled => {
  const axis = labels.flatMap((label, i) => (keep.includes(label) ? [] : [i]));
  return axis.length === 0
    ? { x, labels }
    : { x: call("Sum", { x }, { axis, keepDims: false }), labels: labels.filter((label) => keep.includes(label)) };
};

/** Brings the axes into this order. */
const ordered = ({ x, labels }: Labelled, order: readonly string[], call: Call): TensorInfo =>
  call("Transpose", { x }, { perm: order.map((label) => labels.indexOf(label)) });

/**
 * Sums of products over labelled axes: sums, transposes and one batch of matrix products. One or two tensors, no label
 * twice in one of them, like on tfjs's other backends.
 */
const einsum = composed((inputs, attrs, call) => {
  const equation = attrs["equation"] as string;
  const tensors = Object.values(inputs);
  const { allDims, idDims } = backend_util.decodeEinsumEquation(equation, tensors.length);
  backend_util.checkEinsumDimSizes(allDims.length, idDims, tensors as Tensor[]);
  const [terms, out] = equation.replace(/\s/g, "").split("->") as [string, string];
  const result = [...out];
  const labels = terms.split(",").map((term) => [...term]);
  const [a, b] = tensors.map((x, i) =>
    summed({ x, labels: labels[i]! }, [...result, ...labels.filter((_, j) => j !== i).flat()], call),
  );
  if (b === undefined) return ordered(a!, result, call);
  const shared = a!.labels.filter((label) => b.labels.includes(label));
  const batch = shared.filter((label) => result.includes(label));
  const inner = shared.filter((label) => !result.includes(label));
  const [rows, columns] = [a!, b].map((t) => t.labels.filter((label) => !shared.includes(label))) as [
    string[],
    string[],
  ];
  const matrices = (t: Labelled, order: readonly (readonly string[])[]): TensorInfo =>
    call("Reshape", { x: ordered(t, order.flat(), call) }, { shape: order.map((part) => sizeOf(lengths(t, part))) });
  const product = call(
    "BatchMatMul",
    { a: matrices(a!, [batch, rows, inner]), b: matrices(b, [batch, inner, columns]) },
    { transposeA: false, transposeB: false },
  );
  const shape = [...lengths(a!, batch), ...lengths(a!, rows), ...lengths(b, columns)];
  const x = call("Reshape", { x: product }, { shape });
  return ordered({ x, labels: [...batch, ...rows, ...columns] }, result, call);
});

/** Batches of which each side repeats some axes: both are repeated first. */
const broadcastProduct = composed(({ a, b }, attrs, call) => {
  const rank = Math.max(a!.shape.length, b!.shape.length);
  const padded = (x: TensorInfo): number[] => [...new Array<number>(rank - x.shape.length).fill(1), ...x.shape];
  const [shapeA, shapeB] = [padded(a!), padded(b!)];
  const full = (x: TensorInfo, shape: readonly number[], other: readonly number[]): TensorInfo => {
    const reps = shape.map((n, i) => (i < rank - 2 && n === 1 ? other[i]! : 1));
    return call("Tile", { x: call("Reshape", { x }, { shape }) }, { reps });
  };
  return call("BatchMatMul", { a: full(a!, shapeA, shapeB), b: full(b!, shapeB, shapeA) }, attrs as object);
});

/** Reductions of axes that are no neighbours: they are brought to the end first. */
const reduction =
  (op: string) =>
  (own: KernelFunc): KernelFunc =>
  (call) => {
    const { x } = call.inputs as Record<string, TensorInfo>;
    const attrs = call.attrs as Readonly<Record<string, unknown>>;
    const given = attrs["reductionIndices"] ?? attrs["axis"];
    const rank = x!.shape.length;
    const axes = (
      given === undefined || given === null ? x!.shape.map((_, i) => i) : [given as number | number[]].flat()
    )
      .map((axis) => (axis < 0 ? axis + rank : axis))
      .sort((a, b) => a - b);
    const real = axes.filter((axis) => x!.shape[axis] !== 1);
    const apart = real.some((axis, i) => i > 0 && x!.shape.slice(real[i - 1]! + 1, axis).some((n) => n !== 1));
    if (!apart || x!.dtype !== "float32") return own(call);
    const rest = x!.shape.flatMap((_, i) => (axes.includes(i) ? [] : [i]));
    return composed((_inputs, _attrs, run) => {
      const moved = run("Transpose", { x: x! }, { perm: [...rest, ...axes] });
      const last = axes.map((_, i) => rest.length + i);
      const result = run(op, { x: moved }, { axis: last, reductionIndices: last, keepDims: false });
      if (attrs["keepDims"] !== true) return result;
      return run("Reshape", { x: result }, { shape: x!.shape.map((n, i) => (axes.includes(i) ? 1 : n)) });
    })(call);
  };

/** By kernel name. */
export const composites: Readonly<Record<string, (own: KernelFunc) => KernelFunc>> = {
  Einsum: () => einsum,
  BatchMatMul: (own) => (call) => {
    const { a, b } = call.inputs as Record<string, TensorInfo>;
    const [batchA, batchB] = [a!, b!].map((x) => x.shape.slice(0, -2)) as [number[], number[]];
    const simple = batchA.join() === batchB.join() || sizeOf(batchA) === 1 || sizeOf(batchB) === 1;
    return simple ? own(call) : broadcastProduct(call);
  },
  Sum: reduction("Sum"),
  Mean: reduction("Mean"),
  Max: reduction("Max"),
  Min: reduction("Min"),
};
