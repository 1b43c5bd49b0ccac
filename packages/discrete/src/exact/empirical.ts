import { checkClassCount, checkClasses, type Classes, dimsOf } from "../classes.ts";
import { fail } from "../fail.ts";
import { checkInputs, failImpossible } from "./checkInputs.ts";
import type { ExactDenoiser } from "./exactDenoiser.ts";

/** Finitely many points and how likely each is. */
export type EmpiricalOptions = {
  /** The points, row after row; copied. */
  readonly points: Classes;
  /** How many points there are. */
  readonly count: number;
  /** K. */
  readonly classes: number;
  /** How likely each point is, up to a factor, >= 0; default all the same. */
  readonly weights?: readonly number[];
};

/** log of weights made to sum to 1. */
const logWeightsOf = (weights: readonly number[], count: number): Float64Array => {
  const total = weights.reduce((sum, w) => sum + (w >= 0 ? w : NaN), 0);
  if (weights.length !== count || !(total > 0 && total < Infinity))
    fail(
      "empirical",
      `weights must be ${count} numbers >= 0 with a positive sum`,
      weights.join(", "),
      "leave them out for equal ones",
    );
  return Float64Array.from(weights, (w) => Math.log(w / total));
};

/**
 * The exact denoiser of finitely many points of {0..K-1}^D: point n is responsible for x_t by its weight times
 * (alphaBar + (1 - alphaBar)/K)^matches·((1 - alphaBar)/K)^mismatches, computed in logarithms.
 * @throws RangeError where there are no points, they are not equal rows of classes, or the weights are none
 */
export const empirical = ({
  points,
  count,
  classes,
  weights = Array.from({ length: count }, () => 1),
}: EmpiricalOptions): ExactDenoiser => {
  const where = "empirical";
  checkClassCount(where, classes);
  const dims = dimsOf(where, "points", points, count);
  checkClasses(where, "points", points, classes);
  const data = Int32Array.from(points);
  const logWeights = logWeightsOf(weights, count);
  const shares = new Float64Array(count);

  /** Fills in the responsibilities for one row, and returns its log-probability. */
  const look = (x: Classes, row: number, alphaBar: number): number => {
    const drawn = (1 - alphaBar) / classes;
    const [match, mismatch] = [Math.log(alphaBar + drawn), Math.log(drawn)];
    let most = -Infinity;
    for (let n = 0; n < count; n++) {
      let misses = 0;
      for (let j = 0; j < dims; j++) if (data[n * dims + j] !== x[row * dims + j]) misses++;
      // 0 times -Infinity is no contribution
      const log = logWeights[n]! + (dims - misses) * match + (misses === 0 ? 0 : misses * mismatch);
      shares[n] = log;
      most = Math.max(most, log);
    }
    if (most === -Infinity) return most;
    let total = 0;
    for (let n = 0; n < count; n++) total += shares[n] = Math.exp(shares[n]! - most);
    for (let n = 0; n < count; n++) shares[n]! /= total;
    return most + Math.log(total);
  };

  return {
    dims,
    classes,
    x0: (x, alphaBar) => {
      const rows = checkInputs(where, x, alphaBar, dims, classes);
      const out = new Float64Array(x.length * classes);
      for (let row = 0; row < rows; row++) {
        if (look(x, row, alphaBar) === -Infinity) failImpossible(where, alphaBar, row);
        shares.forEach((share, n) => {
          for (let j = 0; j < dims; j++) out[(row * dims + j) * classes + data[n * dims + j]!]! += share;
        });
      }
      return out;
    },
    logProbability: (x, alphaBar) => {
      const rows = checkInputs(where, x, alphaBar, dims, classes);
      return Float64Array.from({ length: rows }, (_, row) => look(x, row, alphaBar));
    },
  };
};
