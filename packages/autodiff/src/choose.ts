import { type Tensor, notEqual, where } from "@tensorflow/tfjs-core";
import { expandTo } from "./expandTo.ts";
import { own } from "./own.ts";
import { ownKernel } from "./ownKernel.ts";

/**
 * `a` where a number is not 0, else `b`: {@link where} with a condition of float32, which recorded functions join with what
 * comes before and after. The caller owns the result. It has no derivative.
 * @param condition float32, a scalar or of the shape of `a` and `b`
 * @param a float32
 * @param b like a
 */
export const choose = (condition: Tensor, a: Tensor, b: Tensor): Tensor =>
  ownKernel("Choose", { condition, a, b })?.[0] ?? own(() => where(notEqual(expandTo(condition, a.shape), 0), a, b));
