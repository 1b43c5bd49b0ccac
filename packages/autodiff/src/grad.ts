import type { Tensor } from "@tensorflow/tfjs-core";
import type { Tree } from "./tree.ts";
import { valueAndGrad } from "./valueAndGrad.ts";

/** As valueAndGrad, for those who need the gradient only. */
export const grad =
  <P extends Tree, R extends readonly unknown[]>(
    f: (params: P, ...rest: R) => Tensor,
  ): ((params: P, ...rest: R) => P) =>
  (params, ...rest) => {
    const { value, grad } = valueAndGrad(f)(params, ...rest);
    value.dispose();
    return grad;
  };
