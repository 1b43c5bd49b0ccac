import { ops, type Tensor } from "@nonmarkov/autodiff";
import { constant, fanAverage, type Make } from "../parameter.ts";
import type { Conv } from "./params.ts";

export const convTree = <Leaf>(make: Make<Leaf>, size: number, inputs: number, outputs: number): Conv<Leaf> => ({
  weight: make(fanAverage([size, size, inputs, outputs])),
  bias: make(constant([outputs], 0)),
});

/** A 3x3 convolution that gives zero at the start. */
export const zeroConvTree = <Leaf>(make: Make<Leaf>, inputs: number, outputs: number): Conv<Leaf> => ({
  weight: make(constant([3, 3, inputs, outputs], 0)),
  bias: make(constant([outputs], 0)),
});

/**
 * x [b, h, w, inputs] to [b, h / stride, w / stride, outputs]. What lacks at the border is 0: `"same"` adds it evenly, what
 * is odd of it (with stride 2) below and on the right; a number adds so much on every side.
 */
export const conv = (weight: Tensor, x: Tensor, stride = 1, pad: "same" | number = "same"): Tensor =>
  ops.conv2d(x as Rank4, weight as Rank4, stride, pad);

/** What tfjs calls a tensor whose rank is known to the compiler. */
type Rank4 = Parameters<typeof ops.conv2d>[1];

/** The same with its bias. */
export const convWithBias = (
  { weight, bias }: Conv<Tensor>,
  x: Tensor,
  stride = 1,
  pad: "same" | number = "same",
): Tensor => ops.add(conv(weight, x, stride, pad), bias);
