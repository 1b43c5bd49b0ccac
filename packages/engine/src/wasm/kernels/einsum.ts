import { backend_util, type Tensor, type TensorInfo } from "@tensorflow/tfjs-core";
import { composed, type Call } from "../compose.ts";

/** A tensor whose axes have one-letter labels. */
type Labelled = { readonly x: TensorInfo; readonly labels: readonly string[] };

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
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
 * Sums of products over labelled axes, which tfjs's wasm backend lacks: sums, transposes and one batch of matrix
 * products. One or two tensors, no label twice in one of them, like on tfjs's other backends.
 */
export const einsum = composed<{ readonly equation: string }>("Einsum", (inputs, { call, attrs: { equation } }) => {
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
    call("Reshape", { x: ordered(t, order.flat(), call) }, { shape: order.map((part) => size(lengths(t, part))) });
  const product = call(
    "BatchMatMul",
    { a: matrices(a!, [batch, rows, inner]), b: matrices(b, [batch, inner, columns]) },
    { transposeA: false, transposeB: false },
  );
  const shape = [...lengths(a!, batch), ...lengths(a!, rows), ...lengths(b, columns)];
  const x = call("Reshape", { x: product }, { shape });
  return ordered({ x, labels: [...batch, ...rows, ...columns] }, result, call);
});
