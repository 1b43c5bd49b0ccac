/**
 * The level k = 0..levels-1 of a number 2k/(levels - 1) - 1, which may be rounded to float32.
 * @throws RangeError unless levels is an integer >= 2 and x is such a number
 */
export const levelOf = (where: string, x: number, levels: number): number => {
  if (!Number.isInteger(levels) || levels < 2)
    throw new RangeError(`${where}: levels must be an integer >= 2, got ${levels}; leave it out for 256`);
  const exact = ((x + 1) * (levels - 1)) / 2;
  const k = Math.round(exact);
  if (!(Math.abs(exact - k) < 1e-3 && k >= 0 && k < levels))
    throw new RangeError(
      `${where}: x must be a level k/${(levels - 1) / 2} - 1, got ${x}; for other data take gaussianLogDensity`,
    );
  return k;
};
