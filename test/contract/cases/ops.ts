import { ops, type Tensor } from "@nonmarkov/autodiff";
import { computed, type Computation, type ContractCase } from "../contractCase.ts";
import { apart, bools, integers, normals, positives, repeated } from "../inputs.ts";

/** A computation of an op with what its numbers may be off. */
type OpCase = Computation & { readonly bound?: number; readonly reference?: "nonmarkov" };
type Make = (shape: readonly number[], seed?: number) => Tensor;
type Rank4 = Parameters<typeof ops.conv2d>[1] & Tensor;
type Ints = Parameters<typeof ops.unsortedSegmentSum>[1] & Tensor;

/** A batch beyond 131, an odd number of numbers; and one row. */
const [many, one] = [
  [133, 5],
  [1, 7],
];
const images = [3, 7, 5, 3];
const special = [NaN, Infinity, -Infinity, 0, 1, -2.5, 3e38, 1e-30];

/** Functions of single numbers, which may round. */
const unary = (f: (x: Tensor) => Tensor, make: Make = normals, bound = 1e-5): readonly OpCase[] => [
  { inputs: () => [make(many), make(one, 1)], f: (x, y) => [f(x!), f(y!)], bound },
];

/** The same far from 0, where something may overflow on the way. */
const farToo = (f: (x: Tensor) => Tensor, values: readonly number[]): readonly OpCase[] => [
  ...unary(f, values.every((v) => v >= 0) ? positives : normals),
  { inputs: () => [repeated([values.length], values)], f: (x) => f(x!), bound: 1e-5 },
];
const far = [-200, -90, -30, -10, 0, 10, 30, 90, 200];
const tiny = [1e-30, 1e-8, 1e-3, 1, 1e8, 1e30];

/** Two sides that broadcast to each other. */
const sides: readonly (readonly [readonly number[], readonly number[]])[] = [
  [many, many],
  [many, [5]],
  [
    [133, 1],
    [1, 5],
  ],
  [[], one],
  [images, [3, 1, 1, 3]],
];
const binary = (f: (a: Tensor, b: Tensor) => Tensor, make: Make = normals, bound = 1e-5): readonly OpCase[] => [
  {
    inputs: () => sides.flat().map((shape, i) => make(shape, i)),
    f: (...xs) => sides.map((_, i) => f(xs[2 * i]!, xs[2 * i + 1]!)),
    bound,
  },
];

/** Whole numbers among which many are equal, of both types, and numbers that equal nothing. */
const compared = (f: (a: Tensor, b: Tensor) => Tensor): readonly OpCase[] => [
  {
    inputs: () => [
      ...[integers(many, 3), integers(many, 3, 1), integers([5], 3, 2)],
      ...[repeated(many, [1, 2, 3]), repeated(many, [1, 3, 2, NaN, Infinity]), repeated([133, 1], [2, -0])],
    ],
    f: (a, b, c, x, y, z) => [f(a!, b!), f(a!, c!), f(x!, y!), f(x!, z!)],
  },
];
const logical = (f: (a: Tensor, b: Tensor) => Tensor): readonly OpCase[] => [
  { inputs: () => [bools(many), bools(many, 1), bools([5], 2)], f: (a, b, c) => [f(a!, b!), f(a!, c!)] },
];

/** What only moves numbers, of every type. */
const moved = (shape: readonly number[], f: (x: Tensor) => Tensor | readonly Tensor[]): OpCase => ({
  inputs: () => [repeated(shape, [...special, 5, 6, 7]), integers(shape, 1000), bools(shape)],
  f: (x, i, b) => [x, i, b].map((y) => f(y!)),
});
/** The same of float32 numbers alone. */
const movedFloats = (shape: readonly number[], f: (x: Tensor) => Tensor | readonly Tensor[]): OpCase => ({
  inputs: () => [repeated(shape, [...special, 5, 6, 7])],
  f: (x) => f(x!),
});

const reduced = (
  f: (x: Tensor, axis?: number | number[], keep?: boolean) => Tensor,
  bound: number,
): readonly OpCase[] => [
  { inputs: () => [normals([133, 65])], f: (x) => [f(x!, 0), f(x!, 1), f(x!)], bound },
  { inputs: () => [normals([1, 10]), normals([65])], f: (x, y) => [f(x!, -1, true), f(y!, 0)], bound },
  {
    inputs: () => [normals(images)],
    f: (x) => [f(x!, [1, 2]), f(x!, [0, 2], true), f(x!, [1, 3]), f(x!, [0, 1, 2]), f(x!, 3)],
    bound,
  },
];

/** Products whose sizes divide by four, and whose do not; of single rows and columns; of batches. */
const products: readonly OpCase[] = [
  { inputs: () => [normals([133, 65]), normals([65, 70], 1)], f: (a, b) => ops.matMul(a!, b!), bound: 1e-5 },
  { inputs: () => [normals([64, 12]), normals([12, 68], 1)], f: (a, b) => ops.matMul(a!, b!), bound: 1e-5 },
  { inputs: () => [normals([65, 133]), normals([65, 70], 1)], f: (a, b) => ops.matMul(a!, b!, true), bound: 1e-5 },
  { inputs: () => [normals([133, 65]), normals([7, 65], 1)], f: (a, b) => ops.matMul(a!, b!, false, true), bound: 1e-5 },
  { inputs: () => [normals([65, 3]), normals([7, 65], 1)], f: (a, b) => ops.matMul(a!, b!, true, true), bound: 1e-5 },
  { inputs: () => [normals([1, 65]), normals([65, 1], 1)], f: (a, b) => [ops.matMul(a!, b!), ops.matMul(b!, a!)], bound: 1e-5 },
  {
    inputs: () => [normals([133, 3, 5]), normals([133, 5, 6], 1), normals([1, 5, 6], 2), normals([5, 6], 3)],
    f: (a, ...others) => others.map((b) => ops.matMul(a!, b)),
    bound: 1e-5,
  },
  {
    // tfjs's cpu backend has the wrong rows where each side repeats an axis
    inputs: () => [normals([2, 1, 3, 5]), normals([3, 5, 4], 1)],
    f: (a, b) => ops.matMul(a!, b!),
    bound: 1e-5,
    reference: "nonmarkov",
  },
]; // prettier-ignore

/** x, filter, stride, padding, dilation. */
const convolutions: readonly (readonly [
  readonly [number, number, number, number],
  readonly [number, number, number, number],
  number | [number, number],
  "same" | "valid" | number,
  number?,
])[] = [
  [[133, 7, 5, 3], [3, 3, 3, 5], 1, "same"],
  [[1, 7, 5, 6], [3, 3, 6, 10], 1, "same"],
  [[2, 8, 8, 4], [3, 3, 4, 8], 1, "same"],
  [[3, 7, 5, 6], [1, 1, 6, 10], 1, "same"],
  [[3, 7, 5, 6], [3, 3, 6, 5], 2, "same"],
  [[3, 7, 5, 6], [3, 2, 6, 5], 1, "valid"],
  [[3, 7, 5, 6], [3, 3, 6, 5], [2, 1], 1],
  [[3, 7, 5, 6], [2, 2, 6, 3], 1, "same", 2],
]; // prettier-ignore

/** Every op of the list that this project uses, on odd sizes. */
const table: Readonly<Record<keyof typeof ops, readonly OpCase[]>> = {
  abs: unary(ops.abs, apart, 0),
  add: binary(ops.add),
  addN: [
    { inputs: () => [0, 1, 2].map((i) => normals(many, i)), f: (...xs) => ops.addN([...xs, xs[0]!]), bound: 1e-6 },
    {
      inputs: () => Array.from({ length: 21 }, (_, i) => normals(one, i)),
      f: (...xs) => ops.addN([...xs]),
      bound: 1e-6,
    },
  ],
  argMax: [
    {
      inputs: () => [apart([133, 65]), repeated([7, 5, 3], [2, 1, 2, 0]), normals([10])],
      f: (x, ties, row) => [
        ...[ops.argMax(x!, 1), ops.argMax(x!), ops.argMax(ties!, 1), ops.argMax(ties!, -1)],
        ops.argMax(row!),
      ],
    },
  ],
  avgPool: [
    {
      inputs: () => [normals([3, 7, 6, 3])],
      f: (x) => [ops.avgPool(x as Rank4, [1, 2], [1, 2], "valid"), ops.avgPool(x as Rank4, [7, 6], 1, "valid")],
      bound: 1e-6,
    },
    { inputs: () => [normals([1, 7, 5, 3])], f: (x) => ops.avgPool(x as Rank4, [3, 2], [2, 1], "valid"), bound: 1e-6 },
  ],
  broadcastTo: [
    {
      inputs: () => [normals([133, 1]), normals([7, 1, 3]), normals([])],
      f: (x, y, z) => [
        ...[ops.broadcastTo(x!, [133, 5]), ops.broadcastTo(y!, [2, 7, 5, 3]), ops.broadcastTo(z!, [7])],
        ops.broadcastTo(x!, [133, 1]),
      ],
    },
  ],
  cast: [
    {
      inputs: () => [
        ...[repeated(many, [0.5, -0.5, 2.99, -2.99, 0, -0, 1e6, 7]), integers(many, 3), bools(many)],
        repeated([7], [0, 1e-30, -3, 0.1]),
      ],
      f: (x, i, b, small) => [
        ...[ops.cast(x!, "int32"), ops.cast(x!, "bool"), ops.cast(small!, "bool"), ops.cast(x!, "float32")],
        ...[ops.cast(i!, "float32"), ops.cast(i!, "bool"), ops.cast(b!, "float32"), ops.cast(b!, "int32")],
      ],
    },
  ],
  ceil: unary(ops.ceil, apart, 0),
  choose: [
    {
      inputs: () => [repeated(many, [0, 1, 0.5, -0]), ops.scalar(0), ops.scalar(1), normals(many), normals(many, 1)],
      f: (c, zero, yes, a, b) => [c, zero, yes].map((condition) => ops.choose(condition!, a!, b!)),
    },
    {
      // what is not chosen may be anything
      inputs: () => [repeated(one, [0, 1]), repeated(one, [NaN, 1, Infinity, 2]), normals(one)],
      f: (c, a, b) => ops.choose(c!, a!, b!),
    },
  ],
  clipByValue: unary((x) => ops.clipByValue(x, -0.7, 0.3), apart, 0),
  clone: unary(ops.clone, apart, 0),
  concat: [
    moved([3, 5, 7], (x) => [0, 1, -1].map((axis) => ops.concat([x, x], axis))),
    {
      inputs: () => [133, 1, 5, 64].map((rows, i) => normals([rows, 5], i)),
      f: (...xs) => [ops.concat([...xs]), ops.concat(Array.from({ length: 14 }, (_, i) => xs[i % 2 === 0 ? 1 : 2]!))],
    },
    { inputs: () => [5, 1, 3].map((n, i) => normals([133, n], i)), f: (...xs) => ops.concat([...xs], 1) },
  ],
  conv2d: convolutions.map(([x, w, stride, pad, dilation = 1]) => ({
    inputs: () => [normals(x), normals(w, 1)],
    f: (a, b) => ops.conv2d(a as Rank4, b as Rank4, stride, pad, "NHWC", dilation),
    bound: 1e-5,
  })),
  cos: farToo(ops.cos, [-1000, -90, -3.14, 0, 1.57, 90, 1000]),
  div: binary(ops.div, positives),
  equal: compared(ops.equal),
  erf: farToo(ops.erf, far),
  exp: farToo(ops.exp, far),
  expandDims: [moved(many, (x) => [ops.expandDims(x, 0), ops.expandDims(x, 1), ops.expandDims(x, -1)])],
  expm1: farToo(ops.expm1, far),
  eye: [{ inputs: () => [], f: () => [ops.eye(7), ops.eye(3, 5), ops.eye(5, 3, [2])] }],
  fill: [
    {
      inputs: () => [],
      f: () => [ops.fill(many, 0.1), ops.fill([7], -3, "int32"), ops.fill([], 2.5), ops.fill(one, Infinity)],
    },
  ],
  floor: unary(ops.floor, apart, 0),
  gather: [
    {
      inputs: () => [normals([10, 5, 3]), integers([133], 5, 1), ops.tensor([9, 0, 9], [3], "int32")],
      f: (x, along, rows) => [ops.gather(x!, along as Ints, 1), ops.gather(x!, rows as Ints), ops.gather(x!, rows as Ints, 0)],
    },
    { inputs: () => [integers([65, 3], 99), integers([7], 65)], f: (x, rows) => ops.gather(x!, rows as Ints) },
  ], // prettier-ignore
  greater: compared(ops.greater),
  greaterEqual: compared(ops.greaterEqual),
  isFinite: [
    { inputs: () => [repeated(many, special), ops.scalar(NaN)], f: (x, y) => [ops.isFinite(x!), ops.isFinite(y!)] },
  ],
  less: compared(ops.less),
  lessEqual: compared(ops.lessEqual),
  linspace: [{ inputs: () => [], f: () => ops.linspace(-1, 3, 133), bound: 1e-6 }],
  log: farToo(ops.log, tiny),
  log1p: farToo(ops.log1p, tiny),
  logicalAnd: logical(ops.logicalAnd),
  logicalNot: [{ inputs: () => [bools(many), bools(one, 1)], f: (x, y) => [ops.logicalNot(x!), ops.logicalNot(y!)] }],
  logicalOr: logical(ops.logicalOr),
  logSoftmax: [
    {
      inputs: () => [normals([133, 65]), normals([1, 10]), repeated([3, 5], [90, -90, 0])],
      f: (...xs) => xs.map((x) => ops.logSoftmax(x)),
      bound: 1e-5,
    },
  ],
  logSumExp: [
    {
      inputs: () => [normals([133, 65]), normals([1, 10]), repeated([3, 5], [90, -90, 0])],
      f: (...xs) => xs.map((x) => ops.logSumExp(x)),
      bound: 1e-5,
    },
  ],
  matMul: products,
  max: reduced(ops.max, 0),
  maximum: binary(ops.maximum, normals, 0),
  mean: reduced(ops.mean, 1e-5),
  min: reduced(ops.min, 0),
  minimum: binary(ops.minimum, normals, 0),
  mul: binary(ops.mul),
  neg: unary(ops.neg, apart, 0),
  notEqual: compared(ops.notEqual),
  oneHot: [
    {
      inputs: () => [ops.tensor([0, 2, -1, 9, 3], [5], "int32"), integers([133], 10)],
      f: (x, y) => [ops.oneHot(x!, 4), ops.oneHot(y!, 10), ops.cast(ops.oneHot(y!, 7), "float32")],
    },
  ],
  ones: [{ inputs: () => [], f: () => [ops.ones(many), ops.ones([5], "int32"), ops.ones([3], "bool")] }],
  onesLike: [moved(many, (x) => ops.onesLike(x))],
  pad: [
    moved(many, (x) => ops.pad(x, [[1, 0], [2, 3]])),
    movedFloats(images, (x) => ops.pad(x, [[0, 0], [1, 1], [0, 2], [0, 1]], -1.5)),
  ], // prettier-ignore
  pow: [
    ...binary(ops.pow, positives),
    {
      inputs: () => [repeated([5, 7], [-1.5, 2, -3, 0.5, -0.25]), repeated([7], [2, 3, -1, 0, 1, -2, 4])],
      f: (x, y) => [ops.pow(x!, y!), ops.pow(x!, 2), ops.pow(x!, 3)],
      bound: 1e-5,
    },
  ],
  range: [{ inputs: () => [], f: () => [ops.range(0, 133), ops.range(3, -4, -1, "int32"), ops.range(0, 1, 0.25)] }],
  reciprocal: farToo(ops.reciprocal, tiny),
  relu: unary(ops.relu, apart, 0),
  reshape: [moved([3, 5, 7], (x) => [ops.reshape(x, [105]), ops.reshape(x, [5, 21]), ops.reshape(x, [-1, 3, 1, 7])])],
  resizeNearestNeighbor: [
    {
      inputs: () => [normals([1, 7, 5, 3]), normals([133, 2, 1, 3])],
      f: (x, y) => [
        ...[ops.resizeNearestNeighbor(x as Rank4, [14, 10]), ops.resizeNearestNeighbor(x as Rank4, [7, 15])],
        ops.resizeNearestNeighbor(y as Rank4, [4, 3]),
      ],
    },
  ],
  reverse: [moved([3, 5, 7], (x) => [ops.reverse(x), ops.reverse(x, 1), ops.reverse(x, [0, 2])])],
  round: [
    ...unary(ops.round, apart, 0),
    { inputs: () => [repeated([13], [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 1e7])], f: (x) => ops.round(x!) },
  ],
  rsqrt: farToo(ops.rsqrt, tiny),
  scalar: [{ inputs: () => [], f: () => [ops.scalar(0.1), ops.scalar(7, "int32"), ops.scalar(true)] }],
  sigmoid: farToo(ops.sigmoid, far),
  sign: unary(ops.sign, apart, 0),
  sin: farToo(ops.sin, [-1000, -90, -3.14, 0, 1.57, 90, 1000]),
  slice: [
    moved([9, 5, 7], (x) => [
      ...[ops.slice(x, [1, 2, 3], [3, 2, 3]), ops.slice(x, 1, 2), ops.slice(x, [1, 2], -1 as never)],
      ops.slice(x, [0, 0, 6], [9, 5, 1]),
    ]),
    movedFloats([133, 65], (x) => [ops.slice(x, [132, 0], [1, 65]), ops.slice(x, [0, 64], [133, 1])]),
  ],
  softmax: [
    {
      inputs: () => [normals([133, 65]), normals([1, 10]), repeated([3, 5, 7], [90, -90, 0, 1])],
      f: (...xs) => xs.map((x) => ops.softmax(x)),
      bound: 1e-5,
    },
  ],
  softplus: farToo(ops.softplus, far),
  split: [
    moved([6, 5, 7], (x) => [...ops.split(x, 3), ...ops.split(x, [1, 4], 1), ...ops.split(x, [2, -1, 3], -1)]),
    movedFloats([133, 26], (x) => ops.split(x, 13, 1)),
  ],
  sqrt: farToo(ops.sqrt, tiny),
  square: unary(ops.square),
  squaredDifference: binary(ops.squaredDifference),
  squeeze: [moved([1, 7, 1, 5], (x) => [ops.squeeze(x), ops.squeeze(x, [0]), ops.squeeze(x, [2])])],
  stack: [moved([3, 7], (x) => [0, 1, -1].map((axis) => ops.stack([x, x, x], axis)))],
  step: unary((x) => ops.step(x), apart, 0),
  sub: binary(ops.sub),
  sum: reduced(ops.sum, 1e-5),
  tanh: farToo(ops.tanh, far),
  tensor: [{ inputs: () => [], f: () => [ops.tensor([1, 2.5, 3], [3, 1]), ops.tensor([true, false]), ops.tensor(7)] }],
  tensor1d: [{ inputs: () => [], f: () => ops.tensor1d([1, -2, 3], "int32") }],
  tensor2d: [{ inputs: () => [], f: () => ops.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]) }],
  tensor3d: [{ inputs: () => [], f: () => ops.tensor3d([1, 2, 3], [1, 3, 1]) }],
  tensor4d: [{ inputs: () => [], f: () => ops.tensor4d([1, 2, 3], [1, 3, 1, 1]) }],
  tile: [moved([3, 5], (x) => [ops.tile(x, [2, 3]), ops.tile(x, [1, 5]), ops.tile(x, [27, 1])])],
  transpose: [
    moved([3, 5, 7], (x) => [[2, 0, 1], [0, 2, 1], [2, 1, 0]].map((perm) => ops.transpose(x, perm))),
    movedFloats([133, 65], (x) => ops.transpose(x)),
    movedFloats([2, 7, 5, 3], (x) => [[0, 3, 1, 2], [0, 2, 1, 3]].map((perm) => ops.transpose(x, perm))),
  ], // prettier-ignore
  unsortedSegmentSum: [
    {
      inputs: () => [normals([133, 5]), integers([133], 7), ops.tensor([0, 3, -1, 9, 3, 1, 1], [7], "int32"), normals([7, 2, 3])],
      f: (x, ids, few, y) => [
        ops.unsortedSegmentSum(x!, ids as Ints, 7),
        ops.unsortedSegmentSum(y!, few as Ints, 4),
      ],
      bound: 1e-6,
    },
  ], // prettier-ignore
  unstack: [moved([3, 5, 7], (x) => [...ops.unstack(x), ...ops.unstack(x, 1)])],
  where: [
    {
      inputs: () => [bools(many), bools([5], 1), bools([133, 1], 2), normals(many), normals(many, 1), normals([5], 2)],
      f: (all, columns, rows, a, b, c) => [
        ...[ops.where(all!, a!, b!), ops.where(columns!, a!, b!), ops.where(rows!, a!, c!)],
        ops.where(ops.greater(a!, b!), a!, b!),
      ],
    },
  ],
  zeros: [{ inputs: () => [], f: () => [ops.zeros(many), ops.zeros([5], "int32"), ops.zeros([3], "bool")] }],
  zerosLike: [moved(many, (x) => ops.zerosLike(x))],
};

/** Every op on odd sizes: batches of 1 and more than 131, axes that divide neither by 4 nor by 64. */
export const opCases: readonly ContractCase[] = Object.entries(table).flatMap(([op, list]) =>
  list.map(({ bound = 0, reference, ...computation }, i) =>
    computed("ops", list.length === 1 ? op : `${op} ${i + 1}`, bound, computation, reference),
  ),
);
