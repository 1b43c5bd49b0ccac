import {
  BatchMatMul,
  Conv2D,
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  type NamedAttrMap,
  type Tensor,
  type Tensor4D,
  conv2d,
  engine,
  matMul,
} from "@tensorflow/tfjs-core";
import type { Rule } from "./rule.ts";
import { sumTo } from "./sumTo.ts";

/** The settings that the three kernels of a convolution share. */
const settings = ({ strides, pad, dataFormat, dimRoundingMode }: NamedAttrMap): NamedAttrMap => ({
  strides: strides!,
  pad: pad!,
  dataFormat: dataFormat!,
  ...(dimRoundingMode === undefined ? {} : { dimRoundingMode }),
});

const undilated = (attrs: NamedAttrMap): void => {
  const dilations = [attrs["dilations"] ?? 1].flat() as number[];
  if (dilations.some((d) => d !== 1))
    throw new RangeError(`gradient: conv2d must have dilations 1, got [${dilations.join()}]`);
};

const convolve = (x: Tensor, filter: Tensor, attrs: NamedAttrMap): Tensor =>
  conv2d(
    x as Tensor4D,
    filter as Tensor4D,
    attrs["strides"] as [number, number],
    attrs["pad"] as "same",
    attrs["dataFormat"] as "NHWC",
    1,
    attrs["dimRoundingMode"] as "floor",
  );

/** The adjoint of x -> conv2d(x, filter). */
const backToInput = (dy: Tensor, filter: Tensor, inputShape: readonly number[], attrs: NamedAttrMap): Tensor =>
  engine().runKernel(Conv2DBackpropInput, { dy, filter }, { ...settings(attrs), inputShape: [...inputShape] });

/** The adjoint of filter -> conv2d(x, filter). */
const backToFilter = (x: Tensor, dy: Tensor, filterShape: readonly number[], attrs: NamedAttrMap): Tensor =>
  engine().runKernel(Conv2DBackpropFilter, { x, dy }, { ...settings(attrs), filterShape: [...filterShape] });

/** Bilinear kernels: their gradients are made of each other, so that every order is exact. */
export const linearRules: readonly Rule[] = [
  {
    kernel: BatchMatMul,
    inputs: ["a", "b"],
    gradient: (dy, { saved: [a, b], attrs }) => {
      const ta = attrs["transposeA"] as boolean;
      const tb = attrs["transposeB"] as boolean;
      return {
        a: () => sumTo(ta ? matMul(b!, dy, tb, true) : matMul(dy, b!, false, !tb), a!.shape),
        b: () => sumTo(tb ? matMul(dy, a!, true, ta) : matMul(a!, dy, !ta, false), b!.shape),
      };
    },
  },
  {
    kernel: Conv2D,
    inputs: ["x", "filter"],
    gradient: (dy, { saved: [x, filter], attrs }) => {
      undilated(attrs);
      return {
        x: () => backToInput(dy, filter!, x!.shape, attrs),
        filter: () => backToFilter(x!, dy, filter!.shape, attrs),
      };
    },
  },
  {
    kernel: Conv2DBackpropInput,
    inputs: ["dy", "filter"],
    gradient: (ddx, { saved: [dy, filter], attrs }) => ({
      dy: () => convolve(ddx, filter!, attrs),
      filter: () => backToFilter(ddx, dy!, filter!.shape, attrs),
    }),
  },
  {
    kernel: Conv2DBackpropFilter,
    inputs: ["x", "dy"],
    gradient: (ddw, { saved: [x, dy], attrs }) => ({
      x: () => backToInput(dy!, ddw, x!.shape, attrs),
      dy: () => convolve(x!, ddw, attrs),
    }),
  },
];
