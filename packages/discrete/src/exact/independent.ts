import { checkClassCount, type Classes } from "../classes.ts";
import { fail } from "../fail.ts";
import { marginal } from "../marginal.ts";
import { checkInputs, failImpossible } from "./checkInputs.ts";
import type { ExactDenoiser } from "./exactDenoiser.ts";

const checkDistribution = (probabilities: readonly number[], j: number, classes: number): void => {
  const total = probabilities.reduce((sum, p) => sum + (p >= 0 ? p : NaN), 0);
  if (probabilities.length !== classes || !(Math.abs(total - 1) < 1e-9))
    fail(
      "independent",
      `distributions[${j}] must be ${classes} numbers >= 0 that add up to 1`,
      probabilities.join(", "),
      "normalise it",
    );
};

/**
 * The exact denoiser of data with independent coordinates: p(x_0|x_t) is each coordinate's own Bayes.
 * @param distributions K probabilities for each coordinate; copied
 * @throws RangeError where there are none, or one is not a distribution over at least two classes, all of the same number
 */
export const independent = (distributions: readonly (readonly number[])[]): ExactDenoiser => {
  const where = "independent";
  const dims = distributions.length;
  if (dims === 0) fail(where, "there must be at least one coordinate", "none", "give each one's distribution");
  const classes = distributions[0]!.length;
  checkClassCount(where, classes);
  distributions.forEach((probabilities, j) => checkDistribution(probabilities, j, classes));
  const data = distributions.map((probabilities) => Float64Array.from(probabilities));

  /** Calls `visit` with the joint probabilities of each coordinate's clean classes and x, and with their sum. */
  const look = (
    x: Classes,
    alphaBar: number,
    visit: (i: number, joint: Float64Array, total: number, row: number) => void,
  ): number => {
    const rows = checkInputs(where, x, alphaBar, dims, classes);
    const q = marginal(alphaBar, classes);
    const joint = new Float64Array(classes);
    for (let i = 0; i < x.length; i++) {
      let total = 0;
      for (let k = 0; k < classes; k++) total += joint[k] = data[i % dims]![k]! * q(x[i]!, k);
      visit(i, joint, total, Math.floor(i / dims));
    }
    return rows;
  };

  return {
    dims,
    classes,
    x0: (x, alphaBar) => {
      const out = new Float64Array(x.length * classes);
      look(x, alphaBar, (i, joint, total, row) => {
        if (total === 0) failImpossible(where, alphaBar, row);
        for (let k = 0; k < classes; k++) out[i * classes + k] = joint[k]! / total;
      });
      return out;
    },
    logProbability: (x, alphaBar) => {
      const out = new Float64Array(x.length / dims);
      look(x, alphaBar, (_, __, total, row) => (out[row]! += Math.log(total)));
      return out;
    },
  };
};
