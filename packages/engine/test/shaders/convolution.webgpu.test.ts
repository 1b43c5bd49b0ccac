import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Geometry } from "../../src/commands/convolution.ts";
import type { Epilogue } from "../../src/commands/epilogue.ts";
import {
  convolution,
  convolutionFilterGradient,
  convolutionInputGradient,
  convolutionSum,
} from "../../src/shaders/convolution.ts";
import type { Tuning } from "../../src/shaders/gemm.ts";
import type { Shading } from "../../src/shaders/shading.ts";
import { arbitraryConvolutions, undilated } from "../kernels/reference/arbitraryConvolutions.ts";
import type { Convolution } from "../kernels/reference/checkConvolution.ts";
import { forward, geometryOf, inputGradient, kernels } from "../kernels/reference/convolution.ts";
import { expectWithin } from "../kernels/reference/errors.ts";
import type { Exact } from "../kernels/reference/matMul.ts";
import { drawn, type Numbers, sizeOf, unit } from "../kernels/reference/numbers.ts";
import { runShading } from "./reference/runShading.ts";
import { smallTilings, titleOf } from "./reference/tilings.ts";

type Name = keyof typeof kernels;

const shaders: Readonly<Record<Name, (g: Geometry, tuning?: Tuning) => Shading | undefined>> = {
  Conv2D: (g, tuning) => convolution(g, undefined, tuning),
  Conv2DBackpropInput: (g, tuning) => convolutionInputGradient(g, undefined, tuning),
  Conv2DBackpropFilter: convolutionFilterGradient,
};

const run = async (shading: Shading, inputs: readonly Numbers[]): Promise<Numbers> => {
  const [data] = await runShading(
    shading,
    inputs.map((x) => x.data),
  );
  return { shape: shading.outputs[0]!.shape, data: data as Float32Array };
};

const numbersOf = (g: Geometry) => ({
  x: drawn([g.batch, g.h, g.w, g.ci], 11),
  filter: drawn([g.kh, g.kw, g.ci, g.co], 12),
  dy: drawn([g.batch, g.oh, g.ow, g.co], 13),
});

const outcome = async (name: Name, g: Geometry, tuning?: Tuning): Promise<Numbers> => {
  const { x, filter, dy } = numbersOf(g);
  return run(shaders[name](g, tuning)!, Object.values(kernels[name].inputs(x, filter, dy)));
};

/** Expects a kernel to be right up to a few roundings of the sum of its terms' sizes. */
const check = async (name: Name, each: Convolution, tuning?: Tuning): Promise<void> => {
  const g = geometryOf(each.x, each.filter, each.settings);
  const { x, filter, dy } = numbersOf(g);
  const what = `${name} ${JSON.stringify(each)} ${tuning?.tiling === undefined ? "" : titleOf(tuning.tiling)}:`;
  expectWithin(await outcome(name, g, tuning), kernels[name].exact(g, x, filter, dy), 16 * unit, what);
};

const convolutions = arbitraryConvolutions([1, 3, 4, 5, 8, 12, 16, 32], { length: 8, taps: 4, pads: 4 });
const withoutDilations = undilated(convolutions);
const tunings = fc.constantFrom(...smallTilings.map((tiling) => ({ tiling })));

const names = ["Conv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter"] as const;

describe("convolutions and their gradients are sums of products", () => {
  test.each(names)("%s, for all strides, dilations, paddings, filters, numbers of channels, in any tiles", (name) =>
    fc.assert(
      fc.asyncProperty(name === "Conv2DBackpropInput" ? withoutDilations : convolutions, tunings, (each, tuning) =>
        check(name, each, tuning),
      ),
      { numRuns: 6, endOnFailure: true },
    ),
  );

  /** The last number is what is read again where nothing is left to read. */
  test.each(names)("%s, and what is not a number stays where taps reach it", (name) =>
    fc.assert(
      fc.asyncProperty(withoutDilations, tunings, async (each, tuning) => {
        const g = geometryOf(each.x, each.filter, each.settings);
        const { x, filter, dy } = numbersOf(g);
        const { data } = name === "Conv2DBackpropInput" ? dy : x;
        data[data.length - 1] = NaN;
        const got = await run(shaders[name](g, tuning)!, Object.values(kernels[name].inputs(x, filter, dy)));
        const where = (data: ArrayLike<number>): boolean[] => Array.from(data, Number.isNaN);
        expect(where(got.data)).toEqual(where(kernels[name].exact(g, x, filter, dy).data));
      }),
      { numRuns: 3 },
    ),
  );

  const chosen: readonly (readonly [title: string, name: Name, convolution: Convolution])[] = [
    ["3x3 of a small image of many channels", "Conv2D", { x: [1, 4, 4, 64], filter: [3, 3, 64, 32], settings: { strides: 1, pad: "same" } }],
    ["3x3 of stride 2, halving", "Conv2DBackpropInput", { x: [1, 12, 12, 16], filter: [3, 3, 16, 16], settings: { strides: 2, pad: "same" } }],
    ["3x3, of many places", "Conv2DBackpropFilter", { x: [2, 32, 32, 4], filter: [3, 3, 4, 8], settings: { strides: 1, pad: "same" } }],
  ]; // prettier-ignore

  test.each(chosen)("in the tiles chosen for %s: %s", (_, name, each) => check(name, each));
});

test("adjoint: <conv(x, w), dy> = <x, gradient by the input> = <w, gradient by the filter>", () =>
  fc.assert(
    fc.asyncProperty(withoutDilations, async (each) => {
      const g = geometryOf(each.x, each.filter, each.settings);
      const { x, filter, dy } = numbersOf(g);
      const tuning = { tiling: smallTilings[0]! };
      const inner = (a: Numbers, b: Numbers): number => a.data.reduce((sum, it, i) => sum + it * b.data[i]!, 0);
      const y = await outcome("Conv2D", g, tuning);
      const byInput = await outcome("Conv2DBackpropInput", g, tuning);
      const byFilter = await outcome("Conv2DBackpropFilter", g, tuning);
      const size = forward(g, x.data, filter.data).magnitude.reduce((sum, m, i) => sum + m * Math.abs(dy.data[i]!), 0);
      expect(Math.abs(inner(y, dy) - inner(x, byInput))).toBeLessThanOrEqual(32 * unit * size);
      expect(Math.abs(inner(y, dy) - inner(filter, byFilter))).toBeLessThanOrEqual(32 * unit * size);
    }),
    { numRuns: 2 },
  ));

/** Sums of exact results, and what an epilogue makes of them: y = result * x1 + x2. */
const added = (...terms: readonly Exact[]): Exact => ({
  shape: terms[0]!.shape,
  data: terms[0]!.data.map((_, i) => terms.reduce((sum, { data }) => sum + data[i]!, 0)),
  magnitude: terms[0]!.data.map((_, i) => terms.reduce((sum, { magnitude }) => sum + magnitude[i]!, 0)),
});
const epilogue = (...shapes: readonly (readonly number[])[]): Epilogue => ({
  program: { inputs: 3, instructions: [{ op: "fma", args: [0, 1, 2] }], outputs: [3] },
  shapes,
});
const finished = (sums: Exact, scale: Numbers, shift: Numbers): Exact => {
  const [, h, w, c] = sums.shape as readonly [number, number, number, number];
  const factor = (i: number): number => scale.data[Math.floor(i / (h * w * c)) * c + (i % c)]!;
  return {
    shape: sums.shape,
    data: sums.data.map((sum, i) => sum * factor(i) + shift.data[i]!),
    magnitude: sums.magnitude.map((size, i) => size * Math.abs(factor(i)) + Math.abs(shift.data[i]!)),
  };
};

describe("an epilogue sees each result at its place", () => {
  const tuning = { tiling: smallTilings[0]! };
  test.each([
    ["a convolution", 1, 8, 8, false],
    ["a convolution of odd channels", 1, 8, 5, false],
    ["a gradient by the input", 1, 8, 4, true],
    ["a gradient by the input whose places are in phases", 2, 8, 4, true],
    ["a gradient by odd channels whose places are in phases", 3, 5, 4, true],
  ] as const)("of %s", async (_, stride, ci, co, back) => {
    const g = geometryOf([2, 7, 5, ci], [3, 3, ci, co], { strides: stride, pad: "same" });
    const { x, filter, dy } = numbersOf(g);
    const shape = back ? x.shape : dy.shape;
    const [scale, shift] = [drawn([shape[0]!, 1, 1, shape[3]!], 5), drawn(shape, 6)];
    const made = (back ? convolutionInputGradient : convolution)(g, epilogue(scale.shape, shift.shape), tuning)!;
    const got = await run(made, [back ? dy : x, filter, scale, shift]);
    const sums = back ? inputGradient(g, dy.data, filter.data) : forward(g, x.data, filter.data);
    expectWithin(got, finished(sums, scale, shift), 16 * unit);
  });
});

describe("a sum of convolutions is one kernel", () => {
  test.each(smallTilings.slice(0, 7).map((tiling) => [titleOf(tiling), { tiling }] as const))(
    "in tiles of %s",
    async (_, tuning) => {
      const [h, x] = [drawn([2, 5, 6, 8], 1), drawn([2, 5, 6, 12], 2)];
      const [f, e] = [drawn([3, 3, 8, 8], 3), drawn([1, 1, 12, 8], 4)];
      const [scale, shift] = [drawn([2, 1, 1, 8], 5), drawn([2, 5, 6, 8], 6)];
      const settings = { strides: 1, pad: "same" } as const;
      const [g3, g1] = [geometryOf(h.shape, f.shape, settings), geometryOf(x.shape, e.shape, settings)];
      const made = convolutionSum(
        [
          { geometry: g3, images: 0, filter: 1 },
          { geometry: g1, images: 2, filter: 3 },
        ],
        epilogue(scale.shape, shift.shape),
        tuning,
      )!;
      const sums = added(forward(g3, h.data, f.data), forward(g1, x.data, e.data));
      expectWithin(await run(made, [h, f, x, e, scale, shift]), finished(sums, scale, shift), 16 * unit);
    },
  );

  test.each([
    [1, 8, 4],
    [3, 8, 4],
    [3, 5, 3],
    [2, 4, 3],
  ])("and takes channels side by side, %s taps each way, of %s and %s channels", async (taps, ca, cb) => {
    const [a, b] = [drawn([2, 4, 5, ca], 1), drawn([2, 4, 5, cb], 2)];
    const filter = drawn([taps, taps, ca + cb, 8], 3);
    const geometry = (channels: number): Geometry =>
      geometryOf([2, 4, 5, channels], [taps, taps, channels, 8], { strides: 1, pad: "same" });
    const made = convolutionSum(
      [
        { geometry: geometry(ca), images: 0, filter: 2, channels: { from: 0, of: ca + cb } },
        { geometry: geometry(cb), images: 1, filter: 2, channels: { from: ca, of: ca + cb } },
      ],
      undefined,
      { tiling: smallTilings[0]! },
    )!;
    const both = new Float32Array(sizeOf([2, 4, 5, ca + cb]));
    for (let place = 0; place < 2 * 4 * 5; place++) {
      both.set(a.data.subarray(place * ca, (place + 1) * ca), place * (ca + cb));
      both.set(b.data.subarray(place * cb, (place + 1) * cb), place * (ca + cb) + ca);
    }
    expectWithin(await run(made, [a, b, filter]), forward(geometry(ca + cb), both, filter.data), 16 * unit);
  });
});

test("a gradient by the input with dilations is left to others", () =>
  expect(
    convolutionInputGradient(geometryOf([1, 8, 8, 4], [3, 3, 4, 4], { strides: 1, pad: "same", dilations: 2 })),
  ).toBeUndefined());
