import { key, type Key, split } from "@nonmarkov/random";

/** The keys that a seed stands for when samples are drawn. */
export type SamplingKeys = {
  /** Draws the latents x_T: the same for every sampler. */
  readonly latents: Key;
  /** Draws the fresh noise of the steps. */
  readonly noise: Key;
  /** Draws the examples that samples are compared with, and the features of the comparison. */
  readonly reference: Key;
};

/** The keys of `--seed`. */
export const samplingKeys = (seed: number): SamplingKeys => {
  const [latents, noise, reference] = split(key(seed), 3);
  return { latents: latents!, noise: noise!, reference: reference! };
};
