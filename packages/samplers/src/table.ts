import type { Schedule } from "@nonmarkov/schedule";
import type { Path } from "./moves.ts";

/**
 * One move t → s, one evaluation of the network or none, as float64 numbers:
 *
 *     x_s = x·x_t + Σ_j x0[j]·x0_j + Σ_j eps[j]·eps_j + sigma·z,   z ~ N(0, I)
 *
 * x0_0 and eps_0 are what this row's evaluation predicts, x0_1 and eps_1 what the evaluation before predicted, and so on.
 * A method that evaluates the network between the stops of its path has rows for the stages: a row may end where it
 * began, or go back.
 */
export type Row = {
  /** Where the move starts: an index into alphaBar, 0..T; not an integer where a grid lies between the indices. */
  readonly t: number;
  /** Where the move ends, likewise; below t when sampling, above it when encoding or where noise is added again. */
  readonly s: number;
  /**
   * The index at which the network is evaluated, 1..T: t itself, except where an encoder or a grid chooses otherwise.
   * null evaluates nothing: such a row only scales x and adds noise.
   */
  readonly time: number | null;
  /** alphaBar at t: how x_t, x0 and eps are related, x_t = √alphaBarT·x0 + √(1 - alphaBarT)·eps. */
  readonly alphaBarT: number;
  /** alphaBar at s. */
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
  /** One row per evaluation of the network, and one per addition of noise by itself. */
  readonly rows: readonly Row[];
};

/**
 * Makes a table of numbers; a new method is a new file with one of these. A sampler's rows run from the noisiest stop of
 * the path down to its last, an encoder's from clean data up.
 */
export type Planner = (schedule: Schedule, path: Path) => Table;
