import type { Classes } from "../classes.ts";

/** What the best possible network would answer, for data of known distribution: in float64 and in closed form. */
export type ExactDenoiser = {
  /** Coordinates per row. */
  readonly dims: number;
  /** K. */
  readonly classes: number;
  /**
   * p(x_0|x_t) of each coordinate given the whole row, [rows, dims, K]. Throws a RangeError where x is not whole rows of
   * classes, alphaBar is outside [0, 1], or x has probability 0, which happens at alphaBar = 1 only.
   */
  readonly x0: (x: Classes, alphaBar: number) => Float64Array;
  /** log p(x_t), one number per row; -Infinity where it is impossible. Throws as `x0` does. */
  readonly logProbability: (x: Classes, alphaBar: number) => Float64Array;
};
