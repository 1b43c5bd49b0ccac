import { foldIn } from "@nonmarkov/random";
import type { Correction } from "./corrector.ts";
import type { CorrectorOptions } from "./correctorOptions.ts";
import { owned } from "./owned.ts";

/**
 * x + step·score, several times, and √(2 step)·z each time if noisy.
 * @throws RangeError if the options are not a step size >= 0 and a number of steps >= 1, or noise has no key
 */
export const ascend = async <V>(
  where: string,
  { x: start, alphaBar, score, space, key, firstIndex }: Correction<V>,
  { stepSize, steps = 1 }: CorrectorOptions,
  noisy: boolean,
): Promise<V> => {
  const step = typeof stepSize === "number" ? stepSize : stepSize(alphaBar);
  if (!(step >= 0 && step < Infinity)) throw new RangeError(`${where}: stepSize must be >= 0 and finite, got ${step}`);
  if (!Number.isInteger(steps) || steps < 1)
    throw new RangeError(`${where}: steps must be an integer >= 1, got ${steps}; leave the corrector out for none`);
  if (noisy && key === undefined)
    throw new RangeError(`${where}: noise is added, so the run must have a key, got none; pass key: key(seed)`);
  const mine = owned(space);
  try {
    let x = start;
    for (let i = 0; i < steps; i++) {
      const slope = mine.own(await score(x));
      const noise = noisy ? [mine.own(space.normal(foldIn(key!, i), x, firstIndex))] : [];
      x = mine.own(space.combine([1, step, Math.sqrt(2 * step)].slice(0, 2 + noise.length), [x, slope, ...noise]));
      mine.keepOnly([x]);
    }
    return mine.release(x);
  } finally {
    mine.keepOnly([]);
  }
};
