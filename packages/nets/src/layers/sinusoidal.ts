import { ops, type Tensor } from "@nonmarkov/autodiff";

const longestPeriod = 10_000;

/**
 * Embeds t [b] as [b, dim]: sines, then cosines, of t times the frequencies 10000^(-k / (half - 1)), k = 0..half-1,
 * half = floor(dim / 2); a last zero where `dim` is odd (Ho et al., their code).
 */
export const sinusoidal = (t: Tensor, dim: number): Tensor => {
  const half = Math.floor(dim / 2);
  const frequencies = Array.from({ length: half }, (_, k) => longestPeriod ** (-k / Math.max(half - 1, 1)));
  const batch = t.shape[0]!;
  const angles = ops.mul(ops.reshape(t, [batch, 1]), ops.tensor(frequencies, [1, half], "float32"));
  const zero = dim % 2 === 0 ? [] : [ops.zeros([batch, 1])];
  return ops.concat([ops.sin(angles), ops.cos(angles), ...zero], 1);
};
