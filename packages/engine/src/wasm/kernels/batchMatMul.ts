import { broadcast_util, type KernelConfig, type TensorInfo } from "@tensorflow/tfjs-core";
import { composed } from "../compose.ts";

/** A product of matrices with fewer multiplications than this takes tfjs's loop less time than setting up a fast one. */
const worthSettingUp = 16_384;

type Attrs = { readonly transposeA: boolean; readonly transposeB: boolean };

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Which matrix of an operand meets each matrix of the result, with the operand's leading axes broadcast. */
const matrixOf = (own: readonly number[], all: readonly number[]): ((i: number) => number) => {
  if (size(own) === size(all)) return (i) => i;
  const missing = all.length - own.length;
  const strides = own.map((n, axis) => (n === 1 ? 0 : size(own.slice(axis + 1))));
  return (i) => {
    let [rest, at] = [i, 0];
    for (let axis = all.length - 1; axis >= 0; axis--) {
      at += (rest % all[axis]!) * (strides[axis - missing] ?? 0);
      rest = Math.floor(rest / all[axis]!);
    }
    return at;
  };
};

/** The rows and columns with which a right side's memory met tfjs's kernel first, which keeps a rearranged copy of it. */
const firstShapes = new WeakMap<object, string>();

/** Whether tfjs's kernel may take x [rows, columns] as it is: it would take the copy of an earlier shape for this one. */
const keepsShape = ({ dataId }: TensorInfo, rows: number, columns: number): boolean => {
  const shape = `${rows}x${columns}`;
  const first = firstShapes.get(dataId) ?? shape;
  firstShapes.set(dataId, first);
  return first === shape;
};

/**
 * Products of batches of matrices out of single products without transposes, the only ones that tfjs's wasm backend
 * computes fast: operands are transposed first, rows of one common right side are computed together, other batches one
 * by one. A right side that was reshaped between two products is right too, which tfjs's own kernel gets wrong.
 * @param own tfjs's kernel
 * @param grain how much larger than for one thread the products have to be: threads take time to start on each
 */
export const batchMatMul = (own: KernelConfig, grain: number): KernelConfig => {
  const fast = composed<Attrs>("BatchMatMul", ({ a, b }, { call, empty, part, heap, free, backend, attrs }) => {
    const plain = (x: TensorInfo, y: TensorInfo): TensorInfo =>
      own.kernelFunc({
        inputs: { a: x, b: y },
        backend,
        attrs: { transposeA: false, transposeB: false },
      }) as TensorInfo;
    const straight = (x: TensorInfo, transpose: boolean): TensorInfo => {
      if (!transpose) return x;
      const [rows, columns] = x.shape.slice(-2) as [number, number];
      const stack = part(x, 0, [size(x.shape.slice(0, -2)), rows, columns]);
      return call("Transpose", { x: stack }, { perm: [0, 2, 1] });
    };
    const [left, right] = [straight(a!, attrs.transposeA), straight(b!, attrs.transposeB)];
    const [m, k, n] = [...left.shape.slice(-2), right.shape.at(-1)!] as [number, number, number];
    const leading = [a!.shape.slice(0, -2), b!.shape.slice(0, -2)] as const;
    const batch = broadcast_util.assertAndGetBroadcastShape(...leading);
    const shape = [...batch, m, n];
    if (size(leading[1]) === 1) {
      const rows = size(leading[0]) * m;
      const same = keepsShape(right, k, n) ? { ...right, shape: [1, k, n] } : part(right, 0, [1, k, n]);
      const product = plain(part(left, 0, [1, rows, k]), same);
      return { ...product, shape };
    }
    const [leftOf, rightOf] = [matrixOf(leading[0], batch), matrixOf(leading[1], batch)];
    const result = empty(shape);
    for (let i = 0; i < size(batch); i++) {
      const [x, y] = [part(left, leftOf(i) * m * k, [1, m, k]), part(right, rightOf(i) * k * n, [1, k, n])];
      const product = plain(x, y);
      heap(result).set(heap(product), i * m * n);
      backend.disposeData(product.dataId);
      free(x);
      free(y);
    }
    return result;
  });
  return {
    ...own,
    kernelFunc: (params) => {
      const { a, b } = params.inputs as Readonly<Record<"a" | "b", TensorInfo>>;
      const { transposeA, transposeB } = params.attrs as Attrs;
      const [batchA, batchB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
      const products = size(a.shape.slice(-2)) * b.shape.at(transposeB ? -2 : -1)!;
      const single = size(batchA) === 1 && size(batchB) === 1 && !transposeA && !transposeB;
      const known = size(batchA) === size(batchB) || size(batchA) === 1 || size(batchB) === 1; // what tfjs broadcasts
      const float = a.dtype === "float32" && b.dtype === "float32";
      const reshaped = single && float && !keepsShape(b, b.shape.at(-2)!, b.shape.at(-1)!);
      return !float || (single && !reshaped) || (!single && known && products < grain * worthSettingUp)
        ? own.kernelFunc(params)
        : fast.kernelFunc(params);
    },
  };
};
