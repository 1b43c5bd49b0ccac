import type { Schedule } from "@nonmarkov/schedule";
import type { Prediction } from "../prediction.ts";
import type { Weights } from "./weights.ts";

/** The squared error of each prediction is that of eps times alphaBar^signal (1 - alphaBar)^noise. */
const powers: { readonly [P in Prediction]: { readonly signal: number; readonly noise: number } } = {
  eps: { signal: 0, noise: 0 },
  x0: { signal: -1, noise: 1 },
  v: { signal: -1, noise: 0 },
  score: { signal: 0, noise: -1 },
};

/**
 * The weights under which the squared error of a network that predicts `from` is the squared error in `to` of the same
 * network, its output converted: the SNR from x0 to eps, alphaBar from v to eps, 1 - alphaBar from score to eps.
 * Multiply them into weights meant for `to`, such as the gamma of eq. (5), which is meant for eps.
 * @throws RangeError if a weight is infinite, as from eps to x0 where alphaBar = 0
 */
export const errorWeights = (
  schedule: Schedule,
  { from, to }: { readonly from: Prediction; readonly to: Prediction },
): Weights => {
  const signal = powers[to].signal - powers[from].signal;
  const noise = powers[to].noise - powers[from].noise;
  return schedule.alphaBar.map((alphaBar, t) => {
    if (t === 0) return 0;
    const weight = alphaBar ** signal * (1 - alphaBar) ** noise;
    if (!Number.isFinite(weight))
      throw new RangeError(
        `errorWeights: the weight from ${from} to ${to} must be finite, but alphaBar[${t}] = ${alphaBar}; ` +
          `predict v, or use a schedule without that end`,
      );
    return weight;
  });
};
