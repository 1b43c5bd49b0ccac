import type { Weights } from "./weights.ts";

/**
 * The weights times one number, so that their mean over t = 1..T is 1: the size of the loss, and with it what a learning
 * rate and a gradient clip mean, then does not depend on the units of the weights.
 * @throws RangeError if a weight is negative or not finite, or all are zero
 */
export const normalizeWeights = (weights: Weights): Weights => {
  checkWeights("normalizeWeights", weights);
  const total = weights.reduce((sum, weight, t) => (t === 0 ? 0 : sum + weight), 0);
  return weights.map((weight, t) => (t === 0 ? 0 : (weight * (weights.length - 1)) / total));
};

/** @throws RangeError unless the weights of t = 1..T are finite, at least 0, and not all 0 */
export const checkWeights = (where: string, weights: Weights): void => {
  const bad = weights.findIndex((weight, t) => t > 0 && !(weight >= 0 && weight < Infinity));
  if (bad !== -1) throw new RangeError(`${where}: weights[${bad}] must be finite and at least 0, got ${weights[bad]}`);
  if (!weights.some((weight, t) => t > 0 && weight > 0))
    throw new RangeError(`${where}: at least one weight of t = 1..T must be positive`);
};
