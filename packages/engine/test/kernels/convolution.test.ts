import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { startGuarded } from "./reference/guarded.ts";
import { arbitraryConvolutions, undilated } from "./reference/arbitraryConvolutions.ts";
import { type Convolution, outcomeOf } from "./reference/checkConvolution.ts";
import { expectNear, expectWithin } from "./reference/errors.ts";
import { unit } from "./reference/numbers.ts";

beforeAll(async () => {
  await startGuarded(2);
});

const kernels = ["Conv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter"] as const;

/**
 * Right up to a few roundings of the sum of the terms' sizes (measured: 4.5) where no transform comes between; for those that
 * have one `winograd.test.ts` has bounds.
 */
const check = (name: (typeof kernels)[number], each: Convolution): readonly string[] => {
  const { got, want, commands } = outcomeOf(name, each);
  const what = `${name} ${JSON.stringify(each)}:`;
  if (commands.some((command) => command.startsWith("winograd"))) expectNear(got, want, 4e-5, what);
  else expectWithin(got, want, 16 * unit, what);
  return commands;
};

const convolutions = arbitraryConvolutions([1, 2, 3, 4, 5, 7, 8, 9, 16, 17], { length: 9, taps: 5, pads: 5 });
const withoutDilations = undilated(convolutions);

describe("convolutions and their gradients are sums of products", () => {
  test.each(kernels)("%s, for all strides, dilations, paddings, filters and numbers of channels", (name) =>
    fc.assert(
      fc.property(name === "Conv2DBackpropInput" ? withoutDilations : convolutions, (each) => void check(name, each)),
      { numRuns: 120 },
    ),
  );

  const larger: readonly (readonly [title: string, forward: string, convolution: Convolution])[] = [
    ["1x1, a product", "gemm", { x: [3, 13, 11, 20], filter: [1, 1, 20, 37], settings: { strides: 1, pad: "same" } }],
    ["1x1 of stride 2", "convolution", { x: [2, 15, 16, 20], filter: [1, 1, 20, 37], settings: { strides: 2, pad: "same" } }],
    ["3x3 of stride 2, halving", "convolution", { x: [2, 16, 16, 24], filter: [3, 3, 24, 40], settings: { strides: 2, pad: "same" } }],
    ["3x3 of stride 2, of odd length", "convolution", { x: [2, 15, 17, 12], filter: [3, 3, 12, 20], settings: { strides: 2, pad: "same" } }],
    ["3x3 with dilation", "convolution", { x: [2, 16, 15, 12], filter: [3, 3, 12, 20], settings: { strides: 1, dilations: 2, pad: "same" } }],
    ["5x5", "convolution", { x: [2, 16, 14, 12], filter: [5, 5, 12, 20], settings: { strides: 1, pad: "same" } }],
    ["7x1, rows only", "convolution", { x: [1, 40, 9, 6], filter: [7, 1, 6, 9], settings: { strides: [3, 1], pad: "valid" } }],
    ["one channel in", "convolution", { x: [2, 28, 28, 1], filter: [5, 5, 1, 33], settings: { strides: 2, pad: "same" } }],
    ["one channel out", "convolution", { x: [2, 20, 20, 33], filter: [5, 5, 33, 1], settings: { strides: 1, pad: "same" } }],
    ["many channels, few places", "convolution", { x: [1, 3, 3, 300], filter: [2, 2, 300, 130], settings: { strides: 1, pad: "same" } }],
    ["padding by more than the filter", "convolution", { x: [2, 4, 4, 5], filter: [2, 2, 5, 6], settings: { strides: 1, pad: [[0, 0], [4, 3], [0, 5], [0, 0]] } }],
  ]; // prettier-ignore

  test.each(larger)("%s", (_, command, each) => {
    expect(check("Conv2D", each)).toContain(command);
    expect(check("Conv2DBackpropFilter", each)).toContain("filterGradient");
    if ((each.settings.dilations ?? 1) === 1) check("Conv2DBackpropInput", each);
  });

  test("also where a patch is too large for a thread's scratch: tfjs's kernel does it", () =>
    expect(check("Conv2D", { x: [1, 5, 5, 4000], filter: [5, 5, 4000, 1], settings: { strides: 1, pad: "valid" } })).toEqual([])); // prettier-ignore
});
