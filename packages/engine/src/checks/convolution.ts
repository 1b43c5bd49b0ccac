import { conv2d, engine, type Tensor, type Tensor4D } from "@tensorflow/tfjs-core";
import type { Check } from "./check.ts";
import { filled, numbers } from "./numbers.ts";

/** The row-major index of nested loops: [index, length] per axis, outermost first. */
const flat = (...axes: readonly (readonly [number, number])[]): number =>
  axes.reduce((at, [i, length]) => at * length + i, 0);

/** Every combination of indices below these lengths, the last one fastest. */
const everyIndex = (lengths: readonly number[]): number[][] =>
  lengths.reduce<number[][]>((all, n) => all.flatMap((i) => Array.from({ length: n }, (_, j) => [...i, j])), [[]]);

/** A 3x3 convolution of this stride with "same" padding on 6x6 images, and its two gradients, summed tap by tap. */
export const convolution = (stride: 1 | 2): readonly Check[] => {
  const [n, h, k, ci, co] = [2, 6, 3, 3, 5];
  const out = h / stride;
  const before = 2 - stride;
  const [xShape, filterShape, dyShape] = [
    [n, h, h, ci],
    [k, k, ci, co],
    [n, out, out, co],
  ];
  const [x, filter, dy] = [numbers(xShape, 1), numbers(filterShape, 2), numbers(dyShape, 3)];
  const [y, dx, dFilter] = [dy.map(() => 0), x.map(() => 0), filter.map(() => 0)];
  for (const [b, oy, ox, ky, kx, i, o] of everyIndex([n, out, out, k, k, ci, co]) as [
    ...[number, number, number],
    ...[number, number, number, number],
  ][]) {
    const [iy, ix] = [oy * stride + ky - before, ox * stride + kx - before];
    if (iy < 0 || iy >= h || ix < 0 || ix >= h) continue;
    const atX = flat([b, n], [iy, h], [ix, h], [i, ci]);
    const atY = flat([b, n], [oy, out], [ox, out], [o, co]);
    const atFilter = flat([ky, k], [kx, k], [i, ci], [o, co]);
    y[atY]! += x[atX]! * filter[atFilter]!;
    dx[atX]! += dy[atY]! * filter[atFilter]!;
    dFilter[atFilter]! += dy[atY]! * x[atX]!;
  }
  const gradient = (op: string, inputs: Record<string, Tensor>, attrs: Record<string, number[]>): Tensor =>
    engine().runKernel(op, inputs, { strides: [stride, stride], pad: "same", dataFormat: "NHWC", ...attrs });
  return [
    {
      op: "Conv2D",
      run: () => conv2d(filled<Tensor4D>(xShape, 1), filled<Tensor4D>(filterShape, 2), stride, "same"),
      expected: y,
    },
    {
      op: "Conv2DBackpropInput",
      run: () =>
        gradient(
          "Conv2DBackpropInput",
          { dy: filled(dyShape, 3), filter: filled(filterShape, 2) },
          { inputShape: xShape },
        ),
      expected: dx,
    },
    {
      op: "Conv2DBackpropFilter",
      run: () => gradient("Conv2DBackpropFilter", { x: filled(xShape, 1), dy: filled(dyShape, 3) }, { filterShape }),
      expected: dFilter,
    },
  ];
};
