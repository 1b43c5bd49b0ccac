import { ops, type Tensor } from "@nonmarkov/autodiff";
import { engine, type NamedTensorMap, type Tensor4D } from "@tensorflow/tfjs-core";
import { type Check, known } from "./check.ts";
import { differentiable, type Differentiable } from "./differentiable.ts";
import { everyIndex, grid, reader, sumOf, table } from "./numbers.ts";

/** The sizes of a 3x3 convolution with "same" padding of square images. */
type Sizes = { readonly stride: 1 | 2; readonly ci: number; readonly co: number };

/** The row-major index of nested loops: [index, length] per axis, outermost first. */
const flat = (...axes: readonly (readonly [number, number])[]): number =>
  axes.reduce((at, [i, length]) => at * length + i, 0);

const conv2d = (x: Tensor, filter: Tensor, stride: number): Tensor =>
  ops.conv2d(x as Tensor4D, filter as Tensor4D, stride, "same");

/** A convolution of 4x4 images and its two gradients, summed tap by tap. */
const kernels = ({ stride, ci, co }: Sizes): readonly Check[] => {
  const [n, h, k] = [2, 4, 3];
  const out = h / stride;
  const before = 2 - stride;
  const [x, filter, dy] = [grid([n, h, h, ci], 1), grid([k, k, ci, co], 2), grid([n, out, out, co], 3)];
  const [y, dx, dFilter] = [dy, x, filter].map(({ values }) => values.map(() => 0)) as [number[], number[], number[]];
  for (const [b, oy, ox, ky, kx] of everyIndex([n, out, out, k, k]) as [number, number, number, number, number][]) {
    const [iy, ix] = [oy * stride + ky - before, ox * stride + kx - before];
    if (iy < 0 || iy >= h || ix < 0 || ix >= h) continue;
    const atX = flat([b, n], [iy, h], [ix, h], [0, ci]);
    const atY = flat([b, n], [oy, out], [ox, out], [0, co]);
    const atFilter = flat([ky, k], [kx, k], [0, ci], [0, co]);
    for (let i = 0; i < ci; i++)
      for (let o = 0; o < co; o++) {
        const w = atFilter + i * co + o;
        y[atY + o]! += x.values[atX + i]! * filter.values[w]!;
        dx[atX + i]! += dy.values[atY + o]! * filter.values[w]!;
        dFilter[w]! += dy.values[atY + o]! * x.values[atX + i]!;
      }
  }
  const kernel =
    (op: string, names: readonly [string, string], attrs: Record<string, number[]>) => (a: Tensor, b: Tensor) =>
      engine().runKernel(op, { [names[0]]: a, [names[1]]: b } as NamedTensorMap, {
        ...{ strides: [stride, stride], pad: "same", dataFormat: "NHWC" },
        ...attrs,
      }) as Tensor;
  const back = kernel("Conv2DBackpropInput", ["dy", "filter"], { inputShape: [...x.shape] });
  const backToFilter = kernel("Conv2DBackpropFilter", ["x", "dy"], { filterShape: [...filter.shape] });
  return [
    known("Conv2D", [x, filter], (a, b) => conv2d(a, b, stride), { ...dy, values: y }),
    known("Conv2DBackpropInput", [dy, filter], back, { ...x, values: dx }),
    known("Conv2DBackpropFilter", [x, dy], backToFilter, { ...filter, values: dFilter }),
  ];
};

const averaged: Differentiable = {
  op: "AvgPool",
  inputs: [grid([1, 4, 6, 2], 1)],
  f: (x) => ops.avgPool(x as Tensor4D, [2, 3], [2, 3], "valid"),
  values: (x) => {
    const at = reader([4, 6, 2], x!);
    return table([1, 2, 2, 2], (_, i, j, c) =>
      sumOf(6, (k) => at(2 * i! + Math.floor(k / 3), 3 * j! + (k % 3), c!) / 6),
    );
  },
};

const enlarged: Differentiable = {
  op: "ResizeNearestNeighbor",
  inputs: [grid([1, 2, 3, 2], 1)],
  f: (x) => ops.resizeNearestNeighbor(x!, [4, 9]),
  values: (x) => {
    const at = reader([2, 3, 2], x!);
    return table([1, 4, 9, 2], (_, i, j, c) => at(Math.floor(i! / 2), Math.floor(j! / 3), c!));
  },
};

/** A convolution of channels in fours, one with a stride and odd channels, and their gradients; pooling and enlarging. */
export const convolution = (): readonly Check[] => [
  ...kernels({ stride: 1, ci: 4, co: 4 }),
  ...kernels({ stride: 2, ci: 3, co: 2 }),
  ...[averaged, enlarged].map(differentiable),
];
