import { ops, type Tensor } from "@nonmarkov/autodiff";

/**
 * Which of the three taps fall on the first and on the second of the two pixels that an output pixel sees along one axis:
 * an even one sees its own pixel twice and the one before it once, an odd one its own twice and the one after it once.
 */
const taps = [
  [
    [1, 0, 0],
    [0, 1, 1],
  ],
  [
    [1, 1, 0],
    [0, 0, 1],
  ],
] as const;

/** [16, 9]: takes a 3x3 kernel to four 2x2 kernels, one for each parity of an output pixel's row and column. */
const folding = taps.flatMap((rows) =>
  taps.flatMap((columns) =>
    rows.flatMap((row) => columns.map((column) => row.flatMap((r) => column.map((c) => r * c)))),
  ),
);

const parities = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
] as const;

/** [even, odd] rows, each of [even, odd] columns, as [4, b, h, w, c], to [b, 2h, 2w, c]. (Of rank 4: tfjs is slow beyond.) */
const interleave = (parts: readonly Tensor[]): Tensor => {
  const [b, h, w, c] = parts[0]!.shape as [number, number, number, number];
  const columns = ops.transpose(ops.reshape(ops.concat([...parts], 0), [2, 2, b * h * w, c]), [0, 2, 1, 3]);
  const rows = ops.transpose(ops.reshape(columns, [2, b * h, 2 * w * c]), [1, 0, 2]);
  return ops.reshape(rows, [b, 2 * h, 2 * w, c]);
};

/**
 * Repeats every pixel of x [b, h, w, inputs] twice in both directions and convolves with a 3x3 kernel, to
 * [b, 2h, 2w, outputs]. Repeated pixels are not made: taps that fall on the same one are added up beforehand, so that it costs
 * 4 instead of 9 multiply-adds per output, and channels.
 */
export const doubled = (weight: Tensor, x: Tensor): Tensor => {
  const [, , inputs, outputs] = weight.shape as [number, number, number, number];
  const folded = ops.matMul(ops.tensor(folding.flat(), [16, 9], "float32"), ops.reshape(weight, [9, inputs * outputs]));
  return interleave(
    parities.map(([row, column], i) => {
      const kernel = ops.reshape(ops.slice(folded, [4 * i, 0], [4, inputs * outputs]), [2, 2, inputs, outputs]);
      const padding: Parameters<typeof ops.conv2d>[3] = [[0, 0], [1 - row, row], [1 - column, column], [0, 0]]; // prettier-ignore
      type Rank4 = Parameters<typeof ops.conv2d>[1];
      return ops.conv2d(x as Rank4, kernel as Rank4, 1, padding);
    }),
  );
};
