/**
 * How strongly samples are guided: one number, or a function of the index t, as for guidance in an interval of noise
 * levels only (Kynkäänniemi et al., arXiv 2404.07724).
 */
export type GuidanceScale = number | ((t: number) => number);

/** @throws RangeError if the scale at t is not finite */
export const guidanceScaleAt = (where: string, scale: GuidanceScale, t: number): number => {
  const value = typeof scale === "number" ? scale : scale(t);
  if (!Number.isFinite(value)) throw new RangeError(`${where}: scale must be finite, got ${value} at t = ${t}`);
  return value;
};
