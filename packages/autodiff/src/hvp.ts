import type { Tensor } from "@tensorflow/tfjs-core";
import { differentiable } from "./differentiable.ts";
import { grad } from "./grad.ts";
import { treeAlign, type Tree } from "./tree.ts";
import { treeDispose } from "./treeLife.ts";
import { vjp } from "./vjp.ts";

/**
 * Hessian-vector product of a scalar function: the derivative of its gradient along `vector` (the gradient of
 * <grad f, vector>, as the Hessian is symmetric).
 * @param vector a tree like params, a constant
 * @returns a tree like params, owned by the caller
 */
export const hvp = <P extends Tree>(f: (params: P) => Tensor, params: P, vector: P): P => {
  differentiable("hvp", vector);
  treeAlign("hvp", differentiable("hvp", params), vector);
  const { value, grad: product } = vjp(grad(f), params, vector);
  treeDispose(value);
  return product;
};
