import { backend_util } from "@tensorflow/tfjs-core";
import type { Geometry } from "../../../src/commands/convolution.ts";
import type { Exact } from "./matMul.ts";
import type { Numbers } from "./numbers.ts";

/** Settings of tfjs's kernels of convolutions. */
export type Settings = {
  readonly strides: number | readonly [number, number];
  readonly pad: "same" | "valid" | number | readonly (readonly [number, number])[];
  readonly dilations?: number | readonly [number, number];
};

/** The sizes of a convolution of x with a filter. */
export const geometryOf = (
  x: readonly number[],
  filter: readonly number[],
  { strides, pad, dilations = 1 }: Settings,
): Geometry => {
  const info = backend_util.computeConv2DInfo(
    x as [number, number, number, number],
    filter as [number, number, number, number],
    strides as number,
    dilations as number,
    pad as "same",
    "floor",
  );
  return {
    ...{ batch: info.batchSize, h: info.inHeight, w: info.inWidth, ci: info.inChannels },
    ...{ oh: info.outHeight, ow: info.outWidth, co: info.outChannels, kh: info.filterHeight, kw: info.filterWidth },
    ...{ strideY: info.strideHeight, strideX: info.strideWidth, top: info.padInfo.top, left: info.padInfo.left },
    ...{ dilationY: info.dilationHeight, dilationX: info.dilationWidth },
  };
};

/** Calls f for every tap of every place that lies in the image: pixels and taps as indices of their first channels. */
const eachTap = (g: Geometry, f: (x: number, filter: number, y: number) => void): void => {
  for (let b = 0; b < g.batch; b++)
    for (let oy = 0; oy < g.oh; oy++)
      for (let ox = 0; ox < g.ow; ox++)
        for (let i = 0; i < g.kh; i++) {
          const iy = oy * g.strideY + i * g.dilationY - g.top;
          if (iy < 0 || iy >= g.h) continue;
          for (let j = 0; j < g.kw; j++) {
            const ix = ox * g.strideX + j * g.dilationX - g.left;
            if (ix < 0 || ix >= g.w) continue;
            f(((b * g.h + iy) * g.w + ix) * g.ci, (i * g.kw + j) * g.ci * g.co, ((b * g.oh + oy) * g.ow + ox) * g.co);
          }
        }
};

type Sum = (g: Geometry, a: ArrayLike<number>, b: ArrayLike<number>) => Exact;

const sums = (shape: readonly number[], fill: (add: (at: number, term: number) => void) => void): Exact => {
  const size = shape.reduce((p, q) => p * q, 1);
  const [data, magnitude] = [new Float64Array(size), new Float64Array(size)];
  fill((at, term) => {
    data[at]! += term;
    magnitude[at]! += Math.abs(term);
  });
  return { shape, data, magnitude };
};

/** y = x * filter, of x and filter. */
export const forward: Sum = (g, x, filter) =>
  sums([g.batch, g.oh, g.ow, g.co], (add) =>
    eachTap(g, (p, q, r) => {
      for (let i = 0; i < g.ci; i++) for (let o = 0; o < g.co; o++) add(r + o, x[p + i]! * filter[q + i * g.co + o]!);
    }),
  );

/** The gradient by x, of dy and filter. */
export const inputGradient: Sum = (g, dy, filter) =>
  sums([g.batch, g.h, g.w, g.ci], (add) =>
    eachTap(g, (p, q, r) => {
      for (let i = 0; i < g.ci; i++) for (let o = 0; o < g.co; o++) add(p + i, dy[r + o]! * filter[q + i * g.co + o]!);
    }),
  );

/** The gradient by the filter, of x and dy. */
export const filterGradient: Sum = (g, x, dy) =>
  sums([g.kh, g.kw, g.ci, g.co], (add) =>
    eachTap(g, (p, q, r) => {
      for (let i = 0; i < g.ci; i++) for (let o = 0; o < g.co; o++) add(q + i * g.co + o, x[p + i]! * dy[r + o]!);
    }),
  );

/** The three kernels of a convolution, and what they compute. */
export const kernels = {
  Conv2D: {
    inputs: (x: Numbers, filter: Numbers, _dy: Numbers) => ({ x, filter }),
    attrs: (_x: readonly number[], _filter: readonly number[]) => ({}),
    exact: (g: Geometry, x: Numbers, filter: Numbers, _dy: Numbers) => forward(g, x.data, filter.data),
  },
  Conv2DBackpropInput: {
    inputs: (_x: Numbers, filter: Numbers, dy: Numbers) => ({ dy, filter }),
    attrs: (x: readonly number[], _filter: readonly number[]) => ({ inputShape: x }),
    exact: (g: Geometry, _x: Numbers, filter: Numbers, dy: Numbers) => inputGradient(g, dy.data, filter.data),
  },
  Conv2DBackpropFilter: {
    inputs: (x: Numbers, _filter: Numbers, dy: Numbers) => ({ x, dy }),
    attrs: (_x: readonly number[], filter: readonly number[]) => ({ filterShape: filter }),
    exact: (g: Geometry, x: Numbers, _filter: Numbers, dy: Numbers) => filterGradient(g, x.data, dy.data),
  },
} as const;
