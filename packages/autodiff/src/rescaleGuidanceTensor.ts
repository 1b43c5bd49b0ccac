import { type Tensor, add, div, greater, mean, mul, onesLike, reshape, sqrt, square, sub } from "@tensorflow/tfjs-core";
import { own } from "./own.ts";
import { where } from "./where.ts";

/** The variance of each row about its mean, [rows, 1, ...]. */
const variance = (x: Tensor): Tensor => {
  const rows = reshape(x, [x.shape[0]!, -1]);
  const about = sub(rows, mean(rows, 1, true));
  return reshape(mean(square(about), 1), [x.shape[0]!, ...x.shape.slice(1).map(() => 1)]);
};

/** Below this, a variance counts as none. */
const leastVariance = 1e-30;

/**
 * Guidance rescaling (Lin et al., arXiv 2305.08891, eqs. (15) and (16)), for tensors [rows, ...dims]: each row of the guided
 * prediction is multiplied by 1 - phi + phi·(spread of the conditional one)/(its own spread); a row without spread stays as it is. What it returns borrows both
 * and hands over a new tensor.
 * @param phi in 0..1: 0 changes nothing; 0.7 is the paper's choice
 * @throws RangeError if phi is outside 0..1; later, if shapes differ or have no rows axis
 */
export const rescaleGuidanceTensor = (phi: number): ((guided: Tensor, conditional: Tensor) => Tensor) => {
  if (!(phi >= 0 && phi <= 1)) throw new RangeError(`rescaleGuidanceTensor: phi must be in 0..1, got ${phi}`);
  return (guided, conditional) => {
    if (guided.rank === 0 || guided.shape.join() !== conditional.shape.join())
      throw new RangeError(
        `rescaleGuidanceTensor: both must be [rows, ...dims] of one shape, got [${guided.shape.join()}] and [${conditional.shape.join()}]`,
      );
    return own(() => {
      const variances = variance(guided);
      const spreads = greater(variances, leastVariance);
      const ratio = where(spreads, sqrt(div(variance(conditional), variances)), onesLike(variances));
      return add(mul(guided, 1 - phi), mul(mul(guided, ratio), phi));
    });
  };
};
