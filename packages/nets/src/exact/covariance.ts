/**
 * A covariance matrix S of dim x dim, in the cheapest form that fits:
 * a number l for l·I (0 for a point mass), a list for a diagonal, rows for a full symmetric matrix, or principal directions
 * with the variance along each.
 */
export type Covariance = number | readonly number[] | readonly (readonly number[])[] | Principal;

/** A covariance as its eigendecomposition. */
export type Principal = {
  /** The principal directions, orthonormal, one per row. */
  readonly directions: readonly (readonly number[])[];
  /** The variance along each direction, all >= 0. */
  readonly variances: readonly number[];
};
