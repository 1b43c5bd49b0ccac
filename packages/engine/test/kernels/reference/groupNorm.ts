import { type AnyNumbers, sizeOf } from "./numbers.ts";

/** Settings of the kernel. */
export type GroupNormSettings = { readonly groups: number; readonly eps: number; readonly silu: boolean };

const sizesOf = (x: AnyNumbers, groups: number) => {
  const [batch, channels] = [x.shape[0]!, x.shape.at(-1)!];
  return { batch, channels, places: sizeOf(x.shape.slice(1, -1)), width: channels / groups };
};

/** The numbers of one group of one row: their indices, and their channels. */
const members = (x: AnyNumbers, groups: number, row: number, group: number) => {
  const { channels, places, width } = sizesOf(x, groups);
  return Array.from({ length: places * width }, (_, i) => {
    const channel = group * width + (i % width);
    return { at: (row * places + Math.floor(i / width)) * channels + channel, channel };
  });
};

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** y, mean and inverse deviation in float64, from the definition. */
export const groupNorm = (
  x: AnyNumbers,
  gamma: AnyNumbers,
  beta: AnyNumbers,
  { groups, eps, silu }: GroupNormSettings,
) => {
  const { batch } = sizesOf(x, groups);
  const y = new Float64Array(x.data.length);
  const mean = new Float64Array(batch * groups);
  const inverse = new Float64Array(batch * groups);
  for (let row = 0; row < batch; row++)
    for (let group = 0; group < groups; group++) {
      const all = members(x, groups, row, group);
      const m = all.reduce((sum, { at }) => sum + x.data[at]!, 0) / all.length;
      const variance = all.reduce((sum, { at }) => sum + (x.data[at]! - m) ** 2, 0) / all.length;
      const r = 1 / Math.sqrt(variance + eps);
      [mean[row * groups + group], inverse[row * groups + group]] = [m, r];
      for (const { at, channel } of all) {
        const z = (x.data[at]! - m) * r * gamma.data[channel]! + beta.data[channel]!;
        y[at] = silu ? z * sigmoid(z) : z;
      }
    }
  return { y, mean, inverse };
};

/** dx, dgamma and dbeta in float64. */
export const groupNormGradient = (
  dy: AnyNumbers,
  x: AnyNumbers,
  gamma: AnyNumbers,
  beta: AnyNumbers,
  { groups, eps, silu }: GroupNormSettings,
) => {
  const { batch, channels } = sizesOf(x, groups);
  const { mean, inverse } = groupNorm(x, gamma, beta, { groups, eps, silu });
  const dx = new Float64Array(x.data.length);
  const [dgamma, dbeta] = [new Float64Array(channels), new Float64Array(channels)];
  for (let row = 0; row < batch; row++)
    for (let group = 0; group < groups; group++) {
      const all = members(x, groups, row, group);
      const [m, r] = [mean[row * groups + group]!, inverse[row * groups + group]!];
      const each = all.map(({ at, channel }) => {
        const n = (x.data[at]! - m) * r;
        const z = n * gamma.data[channel]! + beta.data[channel]!;
        const s = sigmoid(z);
        const dz = dy.data[at]! * (silu ? s * (1 + z * (1 - s)) : 1);
        dgamma[channel]! += dz * n;
        dbeta[channel]! += dz;
        return { at, n, g: dz * gamma.data[channel]! };
      });
      const meanG = each.reduce((sum, { g }) => sum + g, 0) / each.length;
      const meanGN = each.reduce((sum, { g, n }) => sum + g * n, 0) / each.length;
      for (const { at, n, g } of each) dx[at] = r * (g - meanG - n * meanGN);
    }
  return { dx, dgamma, dbeta };
};
