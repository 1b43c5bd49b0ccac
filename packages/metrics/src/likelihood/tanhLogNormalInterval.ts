import type { LogInterval } from "./logNormalInterval.ts";

/** The approximation 1/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) of the normal distribution function, within 1e-3. */
export const tanhNormalCdf = (x: number): number =>
  0.5 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

/**
 * log(Phi(b) - Phi(a)) as published code computes it, for comparison with its numbers: {@link tanhNormalCdf} for Phi, and no
 * probability below 1e-12. The bits of a bound differ in the third digit from the exact ones of {@link logNormalInterval},
 * and outliers count for at most 39.9 bits.
 */
export const tanhLogNormalInterval: LogInterval = (a, b) =>
  Math.log(Math.max(1e-12, tanhNormalCdf(b) - tanhNormalCdf(a)));
