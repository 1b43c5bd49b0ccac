import { ops, own, type Tensor } from "@nonmarkov/autodiff";
import { jit } from "@nonmarkov/engine";
import type { Net } from "./net.ts";

/** Evaluations by network: all denoisers of one network share what was recorded. */
const recorded = new WeakMap<object, unknown>();

/** The network's evaluation, recorded once for each shape of its arguments. */
const evaluationOf = <P>(net: Net<P>): Net<P>["apply"] => {
  const known = recorded.get(net) as Net<P>["apply"] | undefined;
  if (known !== undefined) return known;
  const made = jit((params: P, x: Tensor, t: Tensor, labels?: Tensor) => net.apply(params, x, t, labels));
  recorded.set(net, made);
  return made;
};

/**
 * A network with its parameters as the samplers take it: all rows of x at one index t. Borrows x; the caller owns each
 * result. The parameters and labels are borrowed for as long as the denoiser is used. The network's kernels are recorded
 * at the first x of a shape, and replayed at the others: `apply` must not read the values of tensors.
 * @param labels int32 [batch], for a network with classes
 */
export const denoiserOf = <P>(net: Net<P>, params: P, labels?: Tensor): ((x: Tensor, t: number) => Tensor) => {
  const evaluate = evaluationOf(net);
  return (x, t) => own(() => evaluate(params, x, ops.fill([1], t), labels));
};
