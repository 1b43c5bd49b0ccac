import { attention, combine, groupNorm, groupNormSilu, ops, silu, type Tensor } from "@nonmarkov/autodiff";
import { type Computation, computed, type ContractCase, derivatives } from "../contractCase.ts";
import { apart, integers, normals } from "../inputs.ts";

type Rank4 = Parameters<typeof ops.conv2d>[1] & Tensor;
type Ints = Parameters<typeof ops.unsortedSegmentSum>[1] & Tensor;
type Shape = readonly number[];

const of = (shapes: readonly Shape[], f: Computation["f"]): Computation => ({
  inputs: () => shapes.map((shape, i) => normals(shape, i)),
  f,
});

const product = (a: Shape, b: Shape): Computation => of([a, b], (x, y) => ops.matMul(x!, y!));

const convolution = (x: Shape, w: Shape, stride: number, pad: "same" | "valid" | number): Computation =>
  of([x, w], (a, b) => ops.conv2d(a as Rank4, b as Rank4, stride, pad));

const normed = (shape: Shape, groups: number, norm: typeof groupNorm): Computation =>
  of([shape, [shape.at(-1)!], [shape.at(-1)!]], (x, gamma, beta) => norm(x!, gamma!, beta!, { groups, eps: 1e-5 }));

const attended = (rows: number, [n, m, d, e]: readonly [number, number, number, number]): Computation =>
  of([[rows, n, d], [rows, m, d], [rows, m, e]], (q, k, v) => attention(q!, k!, v!, 0.6)); // prettier-ignore

const square = (x: Tensor): Tensor => ops.square(x);

/** Ops whose gradients have kernels of their own, or sum what was broadcast, on odd sizes. */
const table: Readonly<Record<string, Computation>> = {
  "matMul [133, 65] [65, 7]": product([133, 65], [65, 7]),
  "matMul [1, 65] [65, 10]": product([1, 65], [65, 10]),
  "matMul of batches": product([133, 7, 3], [133, 3, 5]),
  "conv2d of a batch of 133": convolution([133, 5, 3, 3], [3, 3, 3, 5], 1, "same"),
  "conv2d of one image": convolution([1, 7, 5, 6], [3, 3, 6, 10], 1, "same"),
  "conv2d of single pixels": convolution([3, 7, 5, 6], [1, 1, 6, 10], 1, "same"),
  "conv2d with a stride": convolution([3, 7, 5, 6], [3, 3, 6, 5], 2, "same"),
  "conv2d inside of images": convolution([3, 7, 5, 6], [3, 2, 6, 5], 1, "valid"),
  "conv2d of channels in fours": convolution([2, 8, 8, 4], [3, 3, 4, 8], 1, 1),
  "groupNorm of a batch of 133": normed([133, 7, 5, 6], 3, groupNorm),
  "groupNormSilu of one image": normed([1, 7, 5, 10], 5, groupNormSilu),
  "groupNormSilu of groups in fours": normed([2, 8, 8, 8], 2, groupNormSilu),
  "attention of a batch of 133": attended(133, [3, 5, 3, 2]),
  "attention of one image": attended(1, [15, 15, 6, 6]),
  "softmax [133, 65]": of([[133, 65]], (x) => ops.softmax(x!)),
  "logSoftmax [1, 10]": of([[1, 10]], (x) => ops.logSoftmax(x!)),
  "logSumExp [133, 65]": of([[133, 65]], (x) => ops.logSumExp(x!)),
  "sum and mean [133, 65]": of([[133, 65]], (x) => [square(ops.sum(x!, 0)), square(ops.mean(x!, 1)), ops.mean(square(x!))]),
  "max and min [133, 65]": {
    inputs: () => [apart([133, 65])],
    f: (x) => [square(ops.max(x!, 0)), square(ops.min(x!, 1)), square(ops.max(x!))],
  },
  "what broadcasts": of([[133, 5], [5], [133, 1], []], (a, b, c, d) => ops.mul(ops.add(ops.mul(a!, b!), c!), ops.sin(d!))),
  "silu and combine [133, 5]": of([[133, 5], [133, 5]], (a, b) => combine([0.5, -2, 0], [silu(a!), square(b!), a!])),
  avgPool: of([[3, 7, 6, 3]], (x) => square(ops.avgPool(x as Rank4, [1, 3], [1, 3], "valid"))),
  resizeNearestNeighbor: of([[3, 7, 5, 3]], (x) => square(ops.resizeNearestNeighbor(x as Rank4, [14, 15]))),
  "concat and split": of([[133, 5], [133, 2]], (a, b) => ops.split(ops.concat([square(a!), b!, a!], 1), [1, 7, 4], 1).map(square)),
  "slice and pad": of([[133, 5]], (x) => square(ops.pad(ops.slice(x!, [1, 2], [131, 3]), [[2, 0], [0, 1]]))),
  "transpose and tile": of([[7, 5, 3]], (x) => square(ops.tile(ops.transpose(x!, [2, 0, 1]), [1, 2, 1]))),
  "gather and unsortedSegmentSum": {
    inputs: () => [normals([10, 5])],
    f: (x) => {
      const rows = integers([133], 10, 1) as Ints;
      const gathered = square(ops.gather(x!, rows));
      return [gathered, square(ops.unsortedSegmentSum(gathered, integers([133], 7, 2) as Ints, 7))];
    },
  },
}; // prettier-ignore

/** Values, gradients, and their gradients, of batches of 1 and more than 131, with axes that divide neither by 4 nor by 64. */
export const sizeCases: readonly ContractCase[] = Object.entries(table).map(([name, computation]) =>
  computed("sizes", name, 2e-5, derivatives(computation)),
);
