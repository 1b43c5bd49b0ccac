/** Rounds to the nearest integer, ties to the even one, as numpy does. For x >= 0. */
export const roundHalfEven = (x: number): number => {
  const floor = Math.floor(x);
  return x - floor === 0.5 ? floor + (floor % 2) : Math.round(x);
};
