import { type Tensor, type Tree, own } from "@nonmarkov/autodiff";
import type { Key } from "@nonmarkov/random";
import type { Loss } from "./loss.ts";

/**
 * The loss of one batch, such as one that training does not see: a scalar that the caller owns. Borrows everything.
 * Nothing is recorded: here the loss may read the values of tensors.
 */
export const evaluateLoss = <P extends Tree, B, E extends Tree>(
  loss: Loss<P, B, E>,
  params: P,
  batch: B,
  key: Key,
): Tensor => own(() => loss.evaluate(params, loss.prepare(batch, key)));
