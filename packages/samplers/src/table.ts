import type { Schedule } from "@nonmarkov/schedule";

/**
 * One move t → s, one evaluation of the network, as float64 numbers:
 *
 *     x_s = x·x_t + Σ_j x0[j]·x0_j + Σ_j eps[j]·eps_j + sigma·z,   z ~ N(0, I)
 *
 * x0_0 and eps_0 are what this row's evaluation predicts, x0_1 and eps_1 what the row before predicted, and so on.
 */
export type Row = {
  /** Where the move starts: an index into alphaBar, 0..T. */
  readonly t: number;
  /** Where the move ends: an index into alphaBar, 0..T; below t when sampling, above it when encoding. */
  readonly s: number;
  /** The index at which the network is evaluated, 1..T: t itself, except where an encoder chooses otherwise. */
  readonly time: number;
  /** alphaBar[t]: how x_t, x0 and eps are related, x_t = √alphaBarT·x0 + √(1 - alphaBarT)·eps. */
  readonly alphaBarT: number;
  /** alphaBar[s]. */
  readonly alphaBarS: number;
  /** Coefficient of x_t. */
  readonly x: number;
  /** Coefficients of the predicted clean data: of this evaluation, the one before, ...; may be empty. */
  readonly x0: readonly number[];
  /** Coefficients of the predicted noise: of this evaluation, the one before, ...; may be empty. */
  readonly eps: readonly number[];
  /** Standard deviation of the fresh noise; 0 draws none. */
  readonly sigma: number;
};

/** A sampler: its rows are run from the first to the last. Plain JSON data, to be printed, plotted and compared. */
export type Table = {
  /** What made it, for people: "ddim(eta=0.5)". */
  readonly name: string;
  /** One row per evaluation of the network. */
  readonly rows: readonly Row[];
};

/**
 * Makes a table of numbers; a new method is a new file with one of these. `tau` ascends strictly in 1..T. A sampler's
 * rows run from the last of tau down to s = 0, an encoder's from clean data up to the last of tau.
 */
export type Planner = (schedule: Schedule, tau: readonly number[]) => Table;
