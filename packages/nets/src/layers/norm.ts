import { groupNorm, type GroupNormOptions, groupNormSilu, type Tensor } from "@nonmarkov/autodiff";
import { constant, type Make } from "../parameter.ts";
import type { Norm } from "./params.ts";

export const normTree = <Leaf>(make: Make<Leaf>, channels: number): Norm<Leaf> => ({
  weight: make(constant([channels], 1)),
  bias: make(constant([channels], 0)),
});

export const norm = ({ weight, bias }: Norm<Tensor>, x: Tensor, options: GroupNormOptions): Tensor =>
  groupNorm(x, weight, bias, options);

export const normSilu = ({ weight, bias }: Norm<Tensor>, x: Tensor, options: GroupNormOptions): Tensor =>
  groupNormSilu(x, weight, bias, options);
