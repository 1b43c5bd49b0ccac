import { type Tensor, add, mean, mul, reshape, rsqrt, square, sub, sum } from "@tensorflow/tfjs-core";
import { customRule, type CustomRule, type Thunks } from "./customRule.ts";
import { expandTo } from "./expandTo.ts";
import { ownAll } from "./ownAll.ts";
import { ownKernel } from "./ownKernel.ts";
import { sigmoid } from "./sigmoid.ts";
import { siluGradient } from "./silu.ts";

/** Options of groupNorm. */
export type GroupNormOptions = {
  /** Number of groups; must divide the channels. */
  readonly groups: number;
  /** Added to the variance; 1e-5. */
  readonly eps?: number;
};

type Inputs = readonly [x: Tensor, gamma: Tensor, beta: Tensor];

/** f(x, v) for x [batch, places, channels] and v [batch, channels]. */
const perChannel = (f: (x: Tensor, v: Tensor) => Tensor, x: Tensor, v: Tensor): Tensor =>
  f(x, reshape(v, [v.shape[0]!, 1, v.shape[1]!]));

/** The mean over the places of x [batch, places, channels]: [batch, channels]. */
const meanOfPlaces = (x: Tensor): Tensor => mean(x, 1);

/** Replaces each channel's number by the mean over its group: [batch, channels] to the same. */
const groupMean = (v: Tensor, groups: number): Tensor => {
  const [batch, channels] = v.shape as [number, number];
  const means = mean(reshape(v, [batch, groups, channels / groups]), 2, true);
  return reshape(expandTo(means, [batch, groups, channels / groups]), [batch, channels]);
};

/** What forward and backward pass share: x - mean [batch, places, channels], and 1 / deviation [batch, channels]. */
type Moments = readonly [centered: Tensor, inverse: Tensor];

const moments = (x: Tensor, groups: number, eps: number): Moments => {
  const channels = x.shape[x.rank - 1]!;
  const flat = reshape(x, [x.shape[0]!, -1, channels]);
  const centered = perChannel(sub, flat, groupMean(meanOfPlaces(flat), groups));
  return [centered, rsqrt(add(groupMean(meanOfPlaces(square(centered)), groups), eps))];
};

/** centered * inverse * gamma + beta. */
const affine = ([centered, inverse]: Moments, gamma: Tensor, beta: Tensor): Tensor =>
  add(perChannel(mul, centered, mul(inverse, gamma)), beta);

/**
 * With n = centered * inverse, g = dy gamma, and means over a group:
 * dx = inverse (g - mean(g) - n mean(g n)) = dy (inverse gamma) - centered inverse^2 mean(g centered inverse) - inverse mean(g),
 * dgamma = sum dy n, dbeta = sum dy: all from two numbers per row and channel, the means of dy and dy centered.
 */
const gradients = (
  dy: Tensor,
  shape: readonly number[],
  [centered, inverse]: Moments,
  gamma: Tensor,
  groups: number,
): Thunks<Inputs> => {
  const places = centered.shape[1]!;
  const flat = reshape(dy, centered.shape);
  const [dyMean, dotMean] = ownAll(() => [meanOfPlaces(flat), mul(meanOfPlaces(mul(flat, centered)), inverse)]) as [
    Tensor,
    Tensor,
  ];
  return [
    () => {
      const slope = mul(square(inverse), groupMean(mul(dotMean, gamma), groups));
      const shift = mul(inverse, groupMean(mul(dyMean, gamma), groups));
      const straight = perChannel(mul, flat, mul(inverse, gamma));
      const dx = perChannel(sub, sub(straight, perChannel(mul, centered, slope)), shift);
      return reshape(dx, [...shape]);
    },
    () => mul(sum(dotMean, 0), places),
    () => mul(sum(dyMean, 0), places),
  ];
};

/** Before the normalised value is scaled and shifted; with SiLU after it or not. */
type Kind = "plain" | "silu";

/** y and the statistics, in one kernel where the backend has it. */
const kernel = (x: Tensor, gamma: Tensor, beta: Tensor, kind: Kind, groups: number, eps: number) =>
  ownKernel("GroupNorm", { x, gamma, beta }, { groups, eps, silu: kind === "silu" });

/** The value, made of ops. */
const composed = (x: Tensor, gamma: Tensor, beta: Tensor, kind: Kind, groups: number, eps: number): Tensor => {
  const normal = affine(moments(x, groups, eps), gamma, beta);
  return reshape(kind === "plain" ? normal : mul(normal, sigmoid(normal)), x.shape);
};

/** The gradients, made of ops that can be differentiated again. */
const composedGradients = (
  dy: Tensor,
  [x, gamma, beta]: Inputs,
  kind: Kind,
  groups: number,
  eps: number,
): Thunks<Inputs> => {
  const both = moments(x, groups, eps);
  if (kind === "plain") return gradients(dy, x.shape, both, gamma, groups);
  const normal = affine(both, gamma, beta);
  const s = sigmoid(normal);
  return gradients(siluGradient(reshape(dy, s.shape), s, mul(normal, s)), x.shape, both, gamma, groups);
};

const rule = (kind: Kind, groups: number, eps: number): CustomRule<Inputs> => ({
  name: kind === "plain" ? "groupNorm" : "groupNormSilu",
  forward: (x, gamma, beta) =>
    kernel(x, gamma, beta, kind, groups, eps)?.[0] ?? composed(x, gamma, beta, kind, groups, eps),
  gradients: (dy, inputs) => composedGradients(dy, inputs, kind, groups, eps),
  firstOrder: {
    forward: (x, gamma, beta) => {
      const [value, ...statistics] = kernel(x, gamma, beta, kind, groups, eps) ?? [];
      if (value !== undefined) return { value, saved: [x, gamma, beta, ...statistics] };
      return { value: composed(x, gamma, beta, kind, groups, eps), saved: [x, gamma, beta] };
    },
    gradients: (dy, [x, gamma, beta, mean, inverse]) => {
      const inputs: Inputs = [x!, gamma!, beta!];
      if (mean === undefined || inverse === undefined) {
        const made = composedGradients(dy, inputs, kind, groups, eps);
        return made;
      }
      const settings = { groups, eps, silu: kind === "silu" };
      const made = ownKernel(
        "GroupNormGrad",
        { dy, x: inputs[0], gamma: inputs[1], beta: inputs[2], mean, inverse },
        settings,
      )!;
      return [() => made[0]!, () => made[1]!, () => made[2]!];
    },
  },
});

const checked = (x: Tensor, gamma: Tensor, beta: Tensor, groups: number): void => {
  const channels = x.rank < 2 ? 0 : x.shape[x.rank - 1]!;
  if (channels === 0)
    throw new RangeError(`groupNorm: x must be [batch, ...places, channels], got [${x.shape.join()}]`);
  if (!Number.isInteger(groups) || groups < 1 || channels % groups !== 0)
    throw new RangeError(`groupNorm: groups must divide the ${channels} channels, got ${groups}`);
  if (gamma.shape.join() !== `${channels}` || beta.shape.join() !== `${channels}`)
    throw new RangeError(
      `groupNorm: gamma and beta must be [${channels}], got [${gamma.shape.join()}] and [${beta.shape.join()}]`,
    );
};

/**
 * Group normalisation (Wu and He 2018): each row's channels are split into groups, each group is shifted and scaled to
 * mean 0 and variance 1 over its channels and all places, then scaled by gamma and shifted by beta per channel.
 * Exact derivatives of every order.
 * @param x [batch, ...places, channels]; borrowed
 * @param gamma [channels]
 * @param beta [channels]
 * @returns like x, owned by the caller
 * @throws RangeError if groups does not divide the channels, or gamma or beta is not [channels]
 */
export const groupNorm = (x: Tensor, gamma: Tensor, beta: Tensor, options: GroupNormOptions): Tensor => {
  const { groups, eps = 1e-5 } = options;
  checked(x, gamma, beta, groups);
  return customRule(rule("plain", groups, eps))(x, gamma, beta);
};

/** silu(groupNorm(x, ...)) in fewer passes over memory than the two apart. */
export const groupNormSilu = (x: Tensor, gamma: Tensor, beta: Tensor, options: GroupNormOptions): Tensor => {
  const { groups, eps = 1e-5 } = options;
  checked(x, gamma, beta, groups);
  return customRule(rule("silu", groups, eps))(x, gamma, beta);
};
