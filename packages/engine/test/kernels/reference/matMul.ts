import { eachIndex, type AnyNumbers, sizeOf, stridesOf } from "./numbers.ts";

/** A result in float64, and for each number the sum of its terms without their signs. */
export type Exact = {
  readonly shape: readonly number[];
  readonly data: Float64Array;
  readonly magnitude: Float64Array;
};

/** Products of matrices whose batches broadcast. */
export const matMul = (a: AnyNumbers, b: AnyNumbers, transposeA: boolean, transposeB: boolean): Exact => {
  const rank = Math.max(a.shape.length, b.shape.length) - 2;
  const batchOf = (x: AnyNumbers): readonly number[] => [
    ...new Array<number>(rank + 2 - x.shape.length).fill(1),
    ...x.shape.slice(0, -2),
  ];
  const [batchA, batchB] = [batchOf(a), batchOf(b)];
  const batch = batchA.map((n, i) => Math.max(n, batchB[i]!));
  const [rowsA, columnsA] = a.shape.slice(-2) as [number, number];
  const [rowsB, columnsB] = b.shape.slice(-2) as [number, number];
  const [m, k] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA];
  const n = transposeB ? rowsB : columnsB;
  const [stepA, stepB] = [transposeA ? columnsA : 1, transposeB ? 1 : columnsB];
  const [strideA, strideB] = [stridesOf(batchA), stridesOf(batchB)];
  const shape = [...batch, m, n];
  const data = new Float64Array(sizeOf(shape));
  const magnitude = new Float64Array(data.length);
  eachIndex(batch, (index, matrix) => {
    const place = (lengths: readonly number[], strides: readonly number[]): number =>
      index.reduce((sum, i, axis) => sum + (lengths[axis] === 1 ? 0 : i * strides[axis]!), 0);
    const fromA = place(batchA, strideA) * m * k;
    const fromB = place(batchB, strideB) * k * n;
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) {
        const p = fromA + (transposeA ? i : i * k);
        const q = fromB + (transposeB ? j * k : j);
        let sum = 0;
        let size = 0;
        for (let l = 0; l < k; l++) {
          const term = a.data[p + l * stepA]! * b.data[q + l * stepB]!;
          sum += term;
          size += Math.abs(term);
        }
        data[(matrix * m + i) * n + j] = sum;
        magnitude[(matrix * m + i) * n + j] = size;
      }
  });
  return { shape, data, magnitude };
};
