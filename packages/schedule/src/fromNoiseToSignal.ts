import { fromAlphaBar } from "./fromAlphaBar.ts";
import { alphaBarFromNoiseToSignal } from "./noiseToSignal.ts";
import type { Schedule } from "./schedule.ts";

/**
 * A schedule from its noise-to-signal ratios (`sigmas` in diffusers and k-diffusion).
 * @param ratios entries t = 1..T, never decreasing from 0; the last may be Infinity
 * @throws RangeError if they decrease, are not numbers, or exceed the range of float64
 */
export const fromNoiseToSignal = (ratios: readonly number[], name: string = "noiseToSignal"): Schedule =>
  fromAlphaBar(ratios.map(alphaBarFromNoiseToSignal), name);
