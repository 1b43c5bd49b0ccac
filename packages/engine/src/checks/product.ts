import { matMul, tensor, type Tensor } from "@tensorflow/tfjs-core";
import type { Check } from "./check.ts";
import { numbers } from "./numbers.ts";

/** A batch of matrices, as nested rows. */
type Matrices = readonly (readonly (readonly number[])[])[];

const matrices = (batch: number, rows: number, columns: number, seed: number): Matrices => {
  const values = numbers([batch, rows, columns], seed);
  return Array.from({ length: batch }, (_, b) =>
    Array.from({ length: rows }, (_, i) => values.slice((b * rows + i) * columns, (b * rows + i + 1) * columns)),
  );
};
const transposed = (a: Matrices): Matrices => a.map((rows) => rows[0]!.map((_, j) => rows.map((row) => row[j]!)));
const asTensor = (a: Matrices): Tensor => tensor(a as number[][][]);

/** Batches of matrix products, with either side transposed. */
export const product = (): readonly Check[] => {
  const [a, b] = [matrices(2, 5, 7, 1), matrices(2, 7, 3, 2)];
  const expected = a.flatMap((rows, i) =>
    rows.flatMap((row) => transposed(b)[i]!.map((column) => row.reduce((s, v, j) => s + v * column[j]!, 0))),
  );
  return [false, true].flatMap((ta) =>
    [false, true].map((tb) => ({
      op: `BatchMatMul${ta ? " with a transposed" : ""}${tb ? " with b transposed" : ""}`,
      run: () => matMul(asTensor(ta ? transposed(a) : a), asTensor(tb ? transposed(b) : b), ta, tb),
      expected,
    })),
  );
};
