import { ops, own, type Tensor } from "@nonmarkov/autodiff";
import type { Net } from "./net.ts";

/**
 * A network with its parameters as the samplers take it: all rows of x at one index t. Borrows x; the caller owns each
 * result. The parameters and labels are borrowed for as long as the denoiser is used.
 * @param labels int32 [batch], for a network with classes
 */
export const denoiserOf =
  <P>(net: Net<P>, params: P, labels?: Tensor): ((x: Tensor, t: number) => Tensor) =>
  (x, t) =>
    own(() => net.apply(params, x, ops.fill([x.shape[0]!], t), labels));
