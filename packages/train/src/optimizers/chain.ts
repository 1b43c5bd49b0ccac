import { type Tensor, type Tree, own } from "@nonmarkov/autodiff";
import type { Optimizer, Update } from "./optimizer.ts";

/**
 * Applies transforms one after the other: each gets the updates of the one before as its gradients. The state is the
 * tuple of their states, the coefficients are theirs one after the other.
 *
 * @example chain(clipByGlobalNorm(1), adam({ rate: 1e-3 }))
 */
export const chain = <S extends readonly Tree[]>(
  ...parts: { readonly [I in keyof S]: Optimizer<S[I]> }
): Optimizer<S> => ({
  init: (params) => parts.map((part) => part.init(params)) as unknown as S,
  coefs: (step) => parts.flatMap((part) => part.coefs(step)),
  update: <P extends Tree>(grads: P, state: S, params: P, coefs: readonly Tensor[]): Update<P, S> =>
    own(() => {
      let updates = grads;
      let rest = coefs;
      const states = parts.map((part, i) => {
        const count = part.coefs(0).length;
        const next = part.update(updates, state[i]!, params, rest.slice(0, count));
        updates = next.updates;
        rest = rest.slice(count);
        return next.state;
      });
      return { updates, state: states as unknown as S };
    }),
  rate: (step) => parts.reduce((rate, part) => rate * part.rate(step), 1),
});
