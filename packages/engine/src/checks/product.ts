import { ops, type Tensor } from "@nonmarkov/autodiff";
import type { Check } from "./check.ts";
import { differentiable, type Differentiable } from "./differentiable.ts";
import { grid, reader, sumOf, table } from "./numbers.ts";

type Sizes = { readonly batch: number; readonly rows: number; readonly inner: number; readonly columns: number };

/** Products of matrices, with either side transposed; b is one matrix for all of the batch, or one for each. */
const products = ({ batch, rows, inner, columns }: Sizes, batchOfB: number): readonly Differentiable[] =>
  [false, true].flatMap((ta) =>
    [false, true].map((tb) => {
      const shapeA = ta ? [batch, inner, rows] : [batch, rows, inner];
      const shapeB = tb ? [batchOfB, columns, inner] : [batchOfB, inner, columns];
      return {
        op: `BatchMatMul${ta ? " with a transposed" : ""}${tb ? " with b transposed" : ""}`,
        inputs: [grid(shapeA, 1), grid(shapeB, 2)],
        f: (a: Tensor, b: Tensor) => ops.matMul(a, b, ta, tb),
        values: (a: readonly number[], b: readonly number[]) => {
          const [atA, atB] = [reader(shapeA, a), reader(shapeB, b)];
          return table([batch, rows, columns], (n, i, j) => {
            const m = batchOfB === 1 ? 0 : n!;
            return sumOf(inner, (k) => (ta ? atA(n!, k, i!) : atA(n!, i!, k)) * (tb ? atB(m, j!, k) : atB(m, k, j!)));
          });
        },
      };
    }),
  );

/** Products and their gradients: sizes in fours, then others, with either side transposed and with one b for all. */
export const product = (): readonly Check[] => {
  const odd = products({ batch: 2, rows: 5, inner: 7, columns: 3 }, 2).map(differentiable);
  const [inFours] = products({ batch: 1, rows: 8, inner: 12, columns: 16 }, 1).map(differentiable);
  const [shared] = products({ batch: 2, rows: 3, inner: 2, columns: 3 }, 1).map(differentiable);
  return [inFours!, ...[...odd, shared!].map((check) => ({ ...check, isCostly: true }))];
};
