import type { KernelConfig, TensorInfo } from "@tensorflow/tfjs-core";
import { composed, type Composition } from "../compose.ts";
import { geometry, type ConvolutionAttrs, type Geometry, type Shape4 } from "./convolutionAttrs.ts";
import { patchProducts } from "./patchProducts.ts";
import { shiftedProducts, wasteOfShifts } from "./shiftedProducts.ts";

/** Copying a number into a patch matrix costs about as much as this many products with it. */
const productsPerCopy = 16;
/** A matrix product computes in blocks of about this size: fewer channels on both sides would waste it. */
const block = 8;

const gradient =
  (grain: number) =>
  (x: TensorInfo, dy: TensorInfo, g: Geometry, composition: Composition<unknown>): TensorInfo =>
    g.channelsIn >= block && wasteOfShifts(g) * g.channelsOut < productsPerCopy
      ? shiftedProducts(x, dy, g, grain, composition)
      : patchProducts(x, dy, g, grain, composition);

/** The same convolution with input and dy in each other's place; its gradient is flipped, and has its channels swapped. */
const exchanged = (g: Geometry): Geometry => ({
  ...g,
  input: g.output,
  output: g.input,
  before: [g.taps[0] - 1 - g.before[0], g.taps[1] - 1 - g.before[1]],
  channelsIn: g.channelsOut,
  channelsOut: g.channelsIn,
});

/**
 * The gradient of a convolution by its filter, which tfjs's wasm backend lacks: a sum of matrix products of shifted
 * images with dy, or of patches with dy where shifting would waste more than copying.
 * @param grain how much larger than for one thread the products have to be: threads take time to start on each
 */
export const conv2dBackpropFilter = (grain: number): KernelConfig =>
  composed<ConvolutionAttrs & { readonly filterShape: Shape4 }>("Conv2DBackpropFilter", ({ x, dy }, composition) => {
    const { attrs, call } = composition;
    const g = geometry(attrs, x!.shape as Shape4, attrs.filterShape);
    if (g.stride[0] * g.stride[1] > 1 || g.channelsOut >= block || g.channelsOut >= g.channelsIn)
      return gradient(grain)(x!, dy!, g, composition);
    const swapped = gradient(grain)(dy!, x!, exchanged(g), composition);
    const flipped = call("Reverse", { x: swapped }, { dims: [0, 1] });
    return call("Transpose", { x: flipped }, { perm: [0, 1, 3, 2] });
  });
