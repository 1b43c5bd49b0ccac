import { ops, type Tensor } from "@nonmarkov/autodiff";

const longestPeriod = 10_000;

/** In which order t is embedded, and in which frequencies. */
export type SinusoidalOptions = {
  /** Cosines first, then sines; false. */
  readonly cosFirst?: boolean;
  /** Taken from the number of frequencies in their exponents: 1 makes 1/10000 the last one; 1. */
  readonly frequencyShift?: number;
};

/** The half = floor(dim / 2) frequencies 10000^(-k / (half - shift)), k = 0..half-1. */
export const frequencies = (dim: number, shift: number): readonly number[] => {
  const half = Math.floor(dim / 2);
  return Array.from({ length: half }, (_, k) => (k === 0 ? 1 : longestPeriod ** (-k / (half - shift))));
};

/**
 * Embeds t [b] as [b, dim]: sines, then cosines, of t times the frequencies 10000^(-k / (half - frequencyShift)),
 * k = 0..half-1, half = floor(dim / 2); a last zero where `dim` is odd (Ho et al., their code).
 */
export const sinusoidal = (
  t: Tensor,
  dim: number,
  { cosFirst = false, frequencyShift = 1 }: SinusoidalOptions = {},
): Tensor => {
  const known = frequencies(dim, frequencyShift);
  const batch = t.shape[0]!;
  const angles = ops.mul(ops.reshape(t, [batch, 1]), ops.tensor([...known], [1, known.length], "float32"));
  const zero = dim % 2 === 0 ? [] : [ops.zeros([batch, 1])];
  const waves = cosFirst ? [ops.cos(angles), ops.sin(angles)] : [ops.sin(angles), ops.cos(angles)];
  return ops.concat([...waves, ...zero], 1);
};
