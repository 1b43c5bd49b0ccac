import { type Rate, toRate } from "./rate.ts";

/**
 * Multiplies a rate by a straight ramp: 1/steps at step 0, 1 from step `steps - 1` on. The rate itself is not shifted:
 * `warmup(500, cosineRate({ from: 1e-3, steps: 10_000 }))` still ends at step 10,000.
 * @throws RangeError if steps is not an integer of at least 0
 */
export const warmup = (steps: number, rate: number | Rate): Rate => {
  if (!(Number.isInteger(steps) && steps >= 0))
    throw new RangeError(`warmup: steps must be an integer of at least 0, got ${steps}`);
  const full = toRate(rate);
  return (step) => (step + 1 < steps ? (full(step) * (step + 1)) / steps : full(step));
};
