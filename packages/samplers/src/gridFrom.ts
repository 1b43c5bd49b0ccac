/**
 * The grid that starts at any noise level: that level, then what lies below it; as `tauFrom` for sub-sequences. To edit an
 * image noise it to that level and sample from there.
 * @param sigmas noise-to-signal ratios, falling, such as `karrasGrid` gives
 * @param sigma where to start, above 0
 * @throws RangeError unless sigma > 0
 */
export const gridFrom = (sigmas: readonly number[], sigma: number): readonly number[] => {
  if (!(sigma > 0)) throw new RangeError(`gridFrom: sigma must be > 0, got ${sigma}`);
  return [sigma, ...sigmas.filter((level) => level < sigma)];
};
