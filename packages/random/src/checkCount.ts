/** @throws RangeError unless n is a number of values that one key can give */
export const checkCount = (where: string, n: number): void => {
  if (!Number.isInteger(n) || n < 0 || n > 0xffffffff)
    throw new RangeError(`${where}: n must be an integer in 0..2^32-1, got ${n}; fold in an index for more`);
};
