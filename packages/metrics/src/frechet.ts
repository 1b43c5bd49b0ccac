/** A Frechet distance and what it is made of. */
export type Frechet = {
  /** meanTerm + covarianceTerm, at least 0. This is the squared distance that is usually reported, as in FID. */
  readonly distance: number;
  /** |mu_1 - mu_2|^2. */
  readonly meanTerm: number;
  /** tr(S_1 + S_2 - 2 (S_1 S_2)^(1/2)). */
  readonly covarianceTerm: number;
  /**
   * Whether a covariance is singular, to float64. Then the sets have too few vectors for their dimension (n <= d always
   * is too few): the distance is computed, but it is biased upwards and not comparable with that of larger sets.
   */
  readonly singular: boolean;
};
