import type { Schedule } from "@nonmarkov/schedule";

/**
 * One move t → s of categorical data, one evaluation of the network, as float64 numbers. Where x_t is another class than
 * x_0 it is
 *
 *     q(x_s | x_t, x_0) = Cat( ofXt·x_t + ofX0·x_0 + uniform·1/K )
 *
 * and where they are the same class, Cat( (1 - uniformAtX0)·x_0 + uniformAtX0·1/K ). In appendix A's family the two
 * uniform weights are equal; the posterior of multinomial diffusion has two.
 */
export type Row = {
  /** Where the move starts, 1..T; the network is evaluated here. */
  readonly t: number;
  /** Where it ends, 0..t-1. */
  readonly s: number;
  /** alphaBar[t]: the probability that x_t was not drawn anew, q(x_t|x_0) = Cat(alphaBarT·x_0 + (1 - alphaBarT)/K). */
  readonly alphaBarT: number;
  /** alphaBar[s]. */
  readonly alphaBarS: number;
  /** Weight of x_t, appendix A's sigma_t. */
  readonly ofXt: number;
  /** Weight of x_0, or of its predicted distribution. */
  readonly ofX0: number;
  /** Weight of the uniform distribution; the three weights are >= 0 and add up to 1. */
  readonly uniform: number;
  /** Weight of the uniform distribution where x_t is x_0. */
  readonly uniformAtX0: number;
};

/** A sampler: its rows are run from the first to the last. Plain JSON data, to be printed, plotted and compared. */
export type Table = {
  /** What made it, for people: "discreteDdim(eta=0.5)". */
  readonly name: string;
  /** One row per evaluation of the network. */
  readonly rows: readonly Row[];
};

/**
 * Makes a table of numbers; a new method is a new file with one of these. `tau` ascends strictly in 1..T, the rows run
 * from the last of tau down to s = 0.
 */
export type Planner = (schedule: Schedule, tau: readonly number[]) => Table;
