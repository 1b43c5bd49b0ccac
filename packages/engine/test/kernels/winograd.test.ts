import { engine, type Tensor, tensor, tidy } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { algorithm, type Geometry } from "../../src/commands/convolution.ts";
import { startGuarded } from "./reference/guarded.ts";
import { type Convolution, hasPlaces, outcomeOf } from "./reference/checkConvolution.ts";
import { geometryOf, type kernels } from "./reference/convolution.ts";
import { expectNear, relativeError } from "./reference/errors.ts";
import { drawn } from "./reference/numbers.ts";

beforeAll(async () => {
  await startGuarded(2);
});

/**
 * Errors as a share of the largest result. Measured over some thousand of these shapes: F(4x4, 3x3) 9e-6, its gradient by the
 * filter 7e-6, F(2x2, 3x3) 4e-7, and sums of products 6e-7. The bounds are four times that.
 */
const bounds = { winograd4: 3.6e-5, winogradFilterGradient: 2.8e-5, winograd2: 1.6e-6, patches: 2.4e-6 } as const;

/** The gradient by the input is a convolution of dy. */
const backwards = (g: Geometry): Geometry => ({
  ...g,
  ...{ h: g.oh, w: g.ow, ci: g.co, oh: g.h, ow: g.w, co: g.ci, top: 2 - g.top, left: 2 - g.left },
});

/** Which way a kernel goes, of those that have a bound. */
const wayOf = (name: keyof typeof kernels, { x, filter, settings }: Convolution, commands: readonly string[]) => {
  if (name === "Conv2DBackpropFilter")
    return commands.includes("winogradFilterGradient") ? "winogradFilterGradient" : "patches";
  const g = geometryOf(x, filter, settings);
  const way = algorithm(name === "Conv2D" ? g : backwards(g));
  expect(commands.includes("winograd"), way).toBe(way.startsWith("winograd"));
  return way as keyof typeof bounds;
};

const channels = fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 9, 12, 16, 17, 31);
const convolutions = fc
  .record({
    batch: fc.integer({ min: 1, max: 3 }),
    h: fc.integer({ min: 1, max: 16 }),
    w: fc.integer({ min: 1, max: 16 }),
    ci: channels,
    co: channels,
    pads: fc.constantFrom([1, 1, 1, 1], [0, 0, 0, 0], [0, 1, 1, 0], [2, 2, 2, 2], [4, 0, 1, 3]),
  })
  .map(({ batch, h, w, ci, co, pads: [top, bottom, left, right] }): Convolution => ({
    x: [batch, h, w, ci],
    filter: [3, 3, ci, co],
    settings: { strides: 1, pad: [[0, 0], [top!, bottom!], [left!, right!], [0, 0]] }, // prettier-ignore
  }))
  .filter(hasPlaces);

describe("3x3 convolutions of stride 1 are right up to a few millionths of the largest result", () => {
  test.each([
    ["Conv2D", ["winograd4", "winograd2", "patches"]],
    ["Conv2DBackpropInput", ["winograd4", "winograd2", "patches"]],
    ["Conv2DBackpropFilter", ["winogradFilterGradient", "patches"]],
  ] as const)("%s, on all its ways: %j", (name, ways) => {
    const taken = new Set<string>();
    fc.assert(
      fc.property(convolutions, (each) => {
        const { got, want, commands } = outcomeOf(name, each);
        const way = wayOf(name, each, commands);
        taken.add(way);
        expectNear(got, want, bounds[way], `${name} ${way} ${JSON.stringify(each)}`);
      }),
      { numRuns: 80 },
    );
    expect([...taken].sort()).toEqual([...ways].sort());
  });

  const same = { strides: 1, pad: "same" } as const;
  test.each<[string, Convolution]>([
    ["several tasks, 32 channels", { x: [3, 16, 16, 32], filter: [3, 3, 32, 32], settings: same }],
    ["several blocks of channels", { x: [1, 8, 8, 20], filter: [3, 3, 20, 300], settings: same }],
    ["many channels in", { x: [1, 9, 7, 260], filter: [3, 3, 260, 12], settings: same }],
    ["a wide image", { x: [1, 2, 130, 5], filter: [3, 3, 5, 6], settings: same }],
    ["one row", { x: [2, 1, 40, 9], filter: [3, 3, 9, 7], settings: same }],
  ])("with %s", (_, each) => {
    for (const name of ["Conv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter"] as const) {
      const { got, want, commands } = outcomeOf(name, each);
      expectNear(got, want, bounds[wayOf(name, each, commands)], name);
    }
  });
});

test("the gradient by the filter of a batch too large for one go is the sum of its images' gradients", () =>
  tidy(() => {
    const [x, dy] = [drawn([3, 32, 64, 4], 1), drawn([3, 32, 64, 504], 2)];
    const size = [x.data.length / 3, dy.data.length / 3] as const;
    const gradient = (first: number, count: number): Float32Array => {
      const [a, b] = [
        tensor(x.data.subarray(first * size[0], (first + count) * size[0]), [count, 32, 64, 4]),
        tensor(dy.data.subarray(first * size[1], (first + count) * size[1]), [count, 32, 64, 504]),
      ];
      const attrs = { strides: 1, pad: "same", dataFormat: "NHWC", filterShape: [3, 3, 4, 504] };
      return engine()
        .runKernel<Tensor>("Conv2DBackpropFilter", { x: a, dy: b }, attrs as never)
        .dataSync() as Float32Array;
    };
    const parts = [0, 1, 2].map((image) => gradient(image, 1));
    const sum = parts[0]!.map((v, i) => v + parts[1]![i]! + parts[2]![i]!);
    expect(relativeError(gradient(0, 3), sum)).toBeLessThan(bounds.winogradFilterGradient);
  }));
