import { alphaBarAt, noiseToSignal, type Schedule } from "@nonmarkov/schedule";
import type { Denoiser } from "./denoiser.ts";
import { edmPreconditioning } from "./edmPreconditioning.ts";
import { owned } from "./owned.ts";
import type { Preconditioning } from "./preconditioning.ts";
import type { VectorSpace } from "./vectorSpace.ts";

/** What {@link preconditioned} is made of. */
export type PreconditionedOptions<V> = {
  /**
   * The raw network F: borrows what it is shown, and is told the noise level as the preconditioning says (c_noise). The
   * caller owns the result.
   */
  readonly network: (x: V, noise: number) => V | Promise<V>;
  /** Gives alphaBar at the index of each call. */
  readonly schedule: Schedule;
  /** How to compute with vectors. */
  readonly space: VectorSpace<V>;
  /** The coefficients around the network, default {@link edmPreconditioning}. */
  readonly preconditioning?: Preconditioning;
};

/**
 * A preconditioned network as a denoiser that predicts x0: D = c_skip·x + c_out·F(c_in·x, c_noise), x = x_t/√a being the
 * state in coordinates where the data keep their size, a = alphaBar[t]. Run it with prediction "x0".
 * @throws RangeError, when called, at an index outside 0..T, or where alphaBar is 0 or 1 and sigma
 * therefore infinite or 0
 */
export const preconditioned =
  <V>({ network, schedule, space, preconditioning = edmPreconditioning() }: PreconditionedOptions<V>): Denoiser<V> =>
  async (x, t) => {
    const alphaBar = alphaBarAt(schedule, t);
    const sigma = noiseToSignal(alphaBar);
    if (!(sigma > 0 && sigma < Infinity))
      throw new RangeError(
        `preconditioned: sigma = √((1 - alphaBar)/alphaBar) must be positive and finite, got ${sigma} at t = ${t}; sample where alphaBar is inside 0..1`,
      );
    const { skip, output, input, noise } = preconditioning(sigma, t);
    const signal = Math.sqrt(alphaBar);
    const mine = owned(space);
    try {
      const shown = mine.own(space.combine([input / signal], [x]));
      const answer = mine.own(await network(shown, noise));
      return space.combine([skip / signal, output], [x, answer]);
    } finally {
      mine.keepOnly([]);
    }
  };
