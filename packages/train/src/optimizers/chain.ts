import { type Tree, own } from "@nonmarkov/autodiff";
import type { Optimizer, Update } from "./optimizer.ts";

/**
 * Applies transforms one after the other: each gets the updates of the one before as its gradients. The state is the
 * tuple of their states.
 *
 * @example chain(clipByGlobalNorm(1), adam({ rate: 1e-3 }))
 */
export const chain = <S extends readonly Tree[]>(
  ...parts: { readonly [I in keyof S]: Optimizer<S[I]> }
): Optimizer<S> => ({
  init: (params) => parts.map((part) => part.init(params)) as unknown as S,
  update: <P extends Tree>(grads: P, state: S, params: P, step: number): Update<P, S> =>
    own(() => {
      let updates = grads;
      const states = parts.map((part, i) => {
        const next = part.update(updates, state[i]!, params, step);
        updates = next.updates;
        return next.state;
      });
      return { updates, state: states as unknown as S };
    }),
  rate: (step) => parts.reduce((rate, part) => rate * part.rate(step), 1),
});
