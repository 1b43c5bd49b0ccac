/**
 * Whether a polynomial can pass through values at two places, given in lengths of the move: between closer ones it would
 * divide the rounding of predictions by their distance.
 */
export const apart = (a: number, b: number): boolean => Math.abs(a - b) > 1e-6;
