import type { Rate } from "./rates/rate.ts";

/**
 * The decay of an exponential moving average of the parameters, `ema <- decay ema + (1 - decay) params`, after update
 * `step` (from 0). With warm-up it is min(decay, (1 + step)/(warmup + step)): at first the average forgets quickly
 * what the network was before training.
 * @param decay in [0, 1), default 0.9999
 * @param warmup at least 1, default 10; 1 means no warm-up
 * @throws RangeError if decay or warmup is out of range
 */
export const ema = ({
  decay = 0.9999,
  warmup = 10,
}: { readonly decay?: number; readonly warmup?: number } = {}): Rate => {
  if (!(decay >= 0 && decay < 1)) throw new RangeError(`ema: decay must be in [0, 1), got ${decay}`);
  if (!(warmup >= 1)) throw new RangeError(`ema: warmup must be at least 1, got ${warmup}`);
  return (step) => Math.min(decay, (1 + step) / (warmup + step));
};
