import { type Tensor, add, mean, mul, reshape, rsqrt, square, sub } from "@tensorflow/tfjs-core";
import { own } from "./own.ts";
import { silu } from "./silu.ts";

/** Options of groupNorm. */
export type GroupNormOptions = {
  /** Number of groups; must divide the channels. */
  readonly groups: number;
  /** Added to the variance; default 1e-5. */
  readonly eps?: number;
};

/**
 * Group normalisation (Wu and He 2018): each row's channels are split into groups, each group is shifted and scaled to
 * mean 0 and variance 1 over its channels and all places, then scaled by gamma and shifted by beta per channel.
 * @param x [batch, ...places, channels]; borrowed
 * @param gamma [channels]
 * @param beta [channels]
 * @returns like x, owned by the caller
 * @throws RangeError if groups does not divide the channels, or gamma or beta is not [channels]
 */
export const groupNorm = (x: Tensor, gamma: Tensor, beta: Tensor, { groups, eps = 1e-5 }: GroupNormOptions): Tensor => {
  const channels = x.shape[x.rank - 1]!;
  if (!Number.isInteger(groups) || groups < 1 || channels % groups !== 0)
    throw new RangeError(`groupNorm: groups must divide the ${channels} channels, got ${groups}`);
  if (gamma.shape.join() !== `${channels}` || beta.shape.join() !== `${channels}`)
    throw new RangeError(
      `groupNorm: gamma and beta must be [${channels}], got [${gamma.shape.join()}] and [${beta.shape.join()}]`,
    );
  return own(() => {
    const split = reshape(x, [x.shape[0]!, -1, groups, channels / groups]);
    const centered = sub(split, mean(split, [1, 3], true));
    const normal = mul(centered, rsqrt(add(mean(square(centered), [1, 3], true), eps)));
    return add(mul(reshape(normal, x.shape), gamma), beta);
  });
};

/** silu(groupNorm(x, ...)) in fewer passes over memory than the two apart. */
export const groupNormSilu = (x: Tensor, gamma: Tensor, beta: Tensor, options: GroupNormOptions): Tensor =>
  own(() => silu(groupNorm(x, gamma, beta, options)));
