import { millsRatio, normalTail } from "./normalTail.ts";

/** The log of the chance that a standard normal number falls between a and b, a < b; either may be infinite. */
export type LogInterval = (a: number, b: number) => number;

/** Gauss and Legendre's rule of ten points: half of its nodes and weights on [-1, 1]. */
const nodes = [
  [0.14887433898163122, 0.2955242247147529],
  [0.4333953941292472, 0.26926671930999635],
  [0.6794095682990244, 0.21908636251598204],
  [0.8650633666889845, 0.1494513491505806],
  [0.9739065285171717, 0.06667134430868814],
] as const;

/** A short interval, over which the density hardly changes: its integral, relative to the value in the middle. */
const logShort = (a: number, b: number): number => {
  const middle = (a + b) / 2;
  const half = (b - a) / 2;
  let sum = 0;
  for (const [node, weight] of nodes) {
    const u = half * node;
    sum += weight * Math.exp((-u * u) / 2) * Math.cosh(middle * u);
  }
  return Math.log((b - a) * sum) - (middle * middle + Math.log(2 * Math.PI)) / 2;
};

/**
 * log(Phi(b) - Phi(a)), Phi the normal distribution function, to about 1e-14 of the probability: in the tails, where Phi
 * itself is 0 or 1, and for intervals so short that the difference would cancel.
 */
export const logNormalInterval: LogInterval = (a, b) => {
  if (a + b < 0) return logNormalInterval(-b, -a);
  if ((b - a) * Math.max(1, (a + b) / 2) <= 1) return logShort(a, b);
  if (a <= 0) return Math.log1p(-(normalTail(b) + normalTail(-a)));
  const ratio = b === Infinity ? 0 : (Math.exp(-((b - a) * (a + b)) / 2) * millsRatio(b)) / millsRatio(a);
  return Math.log(millsRatio(a)) - (a * a + Math.log(2 * Math.PI)) / 2 + Math.log1p(-ratio);
};
