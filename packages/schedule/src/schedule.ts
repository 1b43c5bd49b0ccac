/**
 * A noise schedule: how much of the data is left at each step. Plain data, so it can be stored as JSON.
 *
 * Indexed as in the paper: t = 0 is clean data, t = T the noisiest level. Functions that make a schedule from a list
 * take the T entries t = 1..T; functions that list something of a schedule return T + 1 entries, entry t being that of t.
 */
export type Schedule = {
  /** What it is called, for people. */
  readonly name: string;
  /** How many noise levels there are beside clean data. */
  readonly T: number;
  /**
   * T + 1 entries, the squared signal level of each t (alpha_t in DDIM, alpha-bar_t in Ho et al.): alphaBar[0] is 1, they
   * never increase and lie in (0, 1], but that the last may be 0 (zero terminal SNR).
   */
  readonly alphaBar: readonly number[];
};
