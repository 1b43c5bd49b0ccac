import type { Epilogue } from "../commands/epilogue.ts";
import type { Shape } from "../graph/graph.ts";
import { sizeOf } from "../graph/shapes/sizeOf.ts";
import { gemm, type Tuning } from "./gemm.ts";
import { matrixLoader } from "./matrixLoader.ts";
import { input, type Shading } from "./shading.ts";

/**
 * tfjs's BatchMatMul of a [..., m, k] and b [..., k, n], where either may be transposed: C = A B for each matrix of the
 * batch. The batches are the same, or one of them is of one matrix.
 * @returns undefined where the batches broadcast in part
 */
export const product = (
  a: Shape,
  b: Shape,
  transposeA: boolean,
  transposeB: boolean,
  epilogue?: Epilogue,
  tuning?: Tuning,
): Shading | undefined => {
  const [batchA, batchB] = [a.slice(0, -2), b.slice(0, -2)];
  const [sizeA, sizeB] = [sizeOf(batchA), sizeOf(batchB)];
  if (batchA.join() !== batchB.join() && sizeA !== 1 && sizeB !== 1) return undefined;
  const rank = Math.max(batchA.length, batchB.length);
  const pad = (s: Shape): number[] => [...new Array<number>(rank - s.length).fill(1), ...s];
  const batchShape = pad(batchA).map((length, i) => Math.max(length, pad(batchB)[i]!));
  const [m, k] = transposeA ? [a.at(-1)!, a.at(-2)!] : [a.at(-2)!, a.at(-1)!];
  const n = transposeB ? b.at(-2)! : b.at(-1)!;
  const matrices = sizeOf(batchShape);
  // the same B for all rows: one tall matrix
  const tall = sizeB === 1 && !transposeA && sizeA === matrices;
  const [batch, rows] = tall ? [1, matrices * m] : [matrices, m];
  const segment = {
    a: matrixLoader(input(0, "matrixA"), transposeA ? "side" : "depth", {
      ...{ side: rows, depth: k, repeated: batch === 1 || sizeA === 1 },
    }),
    b: matrixLoader(input(1, "matrixB"), transposeB ? "depth" : "side", {
      ...{ side: n, depth: k, repeated: batch === 1 || sizeB === 1, halves: tuning?.halves },
    }),
  };
  return gemm(
    {
      ...{ batch, columns: n, parts: [{ rows, segments: [segment] }] },
      ...{ shape: [...batchShape, m, n], epilogue, ownInputs: 2 },
    },
    tuning,
  );
};
