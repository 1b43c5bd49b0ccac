import type { Rate } from "./rates/rate.ts";

/** Settings of {@link ema}. */
export type EmaOptions = {
  /** The decay in the long run, in [0, 1), default 0.9999. */
  readonly decay?: number;
  /** How slowly the decay rises, at least 1, default 10; 1 is no warm-up. */
  readonly warmup?: number;
};

/**
 * The decay of an exponential moving average of the parameters, `ema <- decay ema + (1 - decay) params`, at update
 * `step` (from 0). With warm-up it is min(decay, (1 + step)/(warmup + step)): at first the average forgets quickly
 * what the network was before training.
 * @throws RangeError if decay or warmup is out of range
 */
export const ema = ({ decay = 0.9999, warmup = 10 }: EmaOptions = {}): Rate => {
  if (!(decay >= 0 && decay < 1)) throw new RangeError(`ema: decay must be in [0, 1), got ${decay}`);
  if (!(warmup >= 1)) throw new RangeError(`ema: warmup must be at least 1, got ${warmup}`);
  return (step) => Math.min(decay, (1 + step) / (warmup + step));
};
