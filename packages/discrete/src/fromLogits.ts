import type { Denoiser } from "./denoiser.ts";

/**
 * Takes a function that predicts logits [rows, dims, K] to a denoiser: their softmax, in float64.
 * @param classes K
 */
export const fromLogits =
  (logits: Denoiser, classes: number): Denoiser =>
  async (x, t) => {
    const given = await logits(x, t);
    const out = new Float64Array(given.length);
    for (let at = 0; at < given.length; at += classes) {
      let most = -Infinity;
      for (let k = 0; k < classes; k++) most = Math.max(most, given[at + k]!);
      let total = 0;
      for (let k = 0; k < classes; k++) total += out[at + k] = Math.exp(given[at + k]! - most);
      for (let k = 0; k < classes; k++) out[at + k]! /= total;
    }
    return out;
  };
