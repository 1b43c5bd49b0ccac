import { ops, type Tensor } from "@nonmarkov/autodiff";
import { constant, fanAverage, type Make } from "../parameter.ts";
import type { Linear } from "./params.ts";

export const linearTree = <Leaf>(make: Make<Leaf>, inputs: number, outputs: number): Linear<Leaf> => ({
  weight: make(fanAverage([inputs, outputs])),
  bias: make(constant([outputs], 0)),
});

/** A linear layer that gives zero at the start. */
export const zeroLinearTree = <Leaf>(make: Make<Leaf>, inputs: number, outputs: number): Linear<Leaf> => ({
  weight: make(constant([inputs, outputs], 0)),
  bias: make(constant([outputs], 0)),
});

/** x [n, inputs] to [n, outputs]. */
export const linear = ({ weight, bias }: Linear<Tensor>, x: Tensor): Tensor => ops.add(ops.matMul(x, weight), bias);
