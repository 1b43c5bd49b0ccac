import {
  addN,
  concat,
  gather,
  max,
  mean,
  oneHot,
  pad,
  reverse,
  slice,
  softmax,
  sum,
  tensor,
  tensor1d,
  tile,
  transpose,
  unsortedSegmentSum,
  type Tensor,
} from "@tensorflow/tfjs-core";
import type { Check } from "./check.ts";

const matrix = (): Tensor =>
  tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);

/** Reductions, and ops that only move numbers. */
export const movement = (): readonly Check[] => [
  { op: "Sum", run: () => sum(matrix(), 0), expected: [5, 7, 9] },
  { op: "AddN", run: () => addN(Array.from({ length: 20 }, matrix)), expected: [20, 40, 60, 80, 100, 120] },
  { op: "Mean", run: () => mean(matrix(), 1), expected: [2, 5] },
  { op: "Max", run: () => max(matrix(), 1), expected: [3, 6] },
  {
    op: "Softmax",
    run: () => softmax(tensor([[0, Math.log(3)]])),
    expected: [0.25, 0.75],
  },
  { op: "Transpose", run: () => transpose(matrix()), expected: [1, 4, 2, 5, 3, 6] },
  { op: "Reverse", run: () => reverse(matrix(), 1), expected: [3, 2, 1, 6, 5, 4] },
  { op: "Concat", run: () => concat([matrix(), matrix()], 1), expected: [1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6] },
  { op: "Slice", run: () => slice(matrix(), [0, 1], [2, 2]), expected: [2, 3, 5, 6] },
  {
    op: "PadV2",
    run: () =>
      pad(matrix(), [
        [1, 0],
        [0, 1],
      ]),
    expected: [0, 0, 0, 0, 1, 2, 3, 0, 4, 5, 6, 0],
  },
  { op: "Tile", run: () => tile(matrix(), [1, 2]), expected: [1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6] },
  { op: "GatherV2", run: () => gather(matrix(), tensor1d([1, 1], "int32")), expected: [4, 5, 6, 4, 5, 6] },
  {
    op: "UnsortedSegmentSum",
    run: () => unsortedSegmentSum(matrix(), tensor1d([2, 2], "int32"), 3),
    expected: [0, 0, 0, 0, 0, 0, 5, 7, 9],
  },
  { op: "OneHot", run: () => oneHot(tensor1d([1, 0], "int32"), 3), expected: [0, 1, 0, 1, 0, 0] },
];
