/** Numbers in -1..1 without a pattern. */
export const numbers = (count: number, seed = 1): number[] =>
  Array.from({ length: count }, (_, i) => Math.sin(1 + i * 1.7 + seed * 13));
