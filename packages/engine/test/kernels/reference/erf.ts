/** Nodes and weights of Gauss' and Legendre's rule of five points on [-1, 1]. */
const rule = [
  [0, 128 / 225],
  ...[1, -1].flatMap((sign) => [
    [(sign * Math.sqrt(5 - 2 * Math.sqrt(10 / 7))) / 3, (322 + 13 * Math.sqrt(70)) / 900] as const,
    [(sign * Math.sqrt(5 + 2 * Math.sqrt(10 / 7))) / 3, (322 - 13 * Math.sqrt(70)) / 900] as const,
  ]),
] as readonly (readonly [number, number])[];

/** The error function as the integral that it is. */
export const erf = (x: number): number => {
  if (Number.isNaN(x)) return NaN;
  if (Math.abs(x) > 6.5) return Math.sign(x);
  const panels = 64;
  const half = x / panels / 2;
  let sum = 0;
  for (let i = 0; i < panels; i++)
    for (const [node, weight] of rule) sum += weight * Math.exp(-(((2 * i + 1 + node) * half) ** 2));
  return (2 / Math.sqrt(Math.PI)) * half * sum;
};
